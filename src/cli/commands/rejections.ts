import type { ProblemBody } from '../../protocol/problems.ts';
import { type Command, readArguments } from '../command-line/command.ts';
import { CommandError } from '../command-line/command-error.ts';
import { wholeNumber } from '../command-line/operands.ts';
import { jsonOf } from '../http/answers.ts';
import { applicationPath } from '../http/application-path.ts';
import { CONNECTION_HELP, CONNECTION_OPTIONS, connectionFrom } from '../http/connection.ts';
import { send } from '../http/send.ts';

const HELP = `Lists the changes that were rejected, with the reason; queues one again, or discards it.

Usage: npx changebucket rejections owner/app
       npx changebucket rejections owner/app retry 17
       npx changebucket rejections owner/app discard 17

${CONNECTION_HELP}
  --json     one line of JSON for each
`;

/** A rejected change, or atomic batch [O3] [O4]. */
interface Rejection {
  readonly seq: number;
  readonly user: string;
  readonly name?: string;
  readonly args?: unknown;
  readonly changes?: readonly unknown[];
  readonly rejectedAt: number;
  readonly problem: ProblemBody;
  readonly status: string;
}

const run = async (args: readonly string[]): Promise<void> => {
  const { values, positionals } = readArguments(args, CONNECTION_OPTIONS, [1, 3]);
  const connection = connectionFrom(values);
  const [application = '', action, seq] = positionals;
  const path = `${applicationPath(application)}/rejections`;
  if (action !== undefined) {
    const { text } = await send(connection, { ...callFor(action, path, seq), repeat: 'if-refused' });
    // A discard has no body.
    console.log(values.json || text !== '' ? text || '{}' : 'discarded');
    return;
  }
  const answer = await send(connection, { path });
  const { rejections, more }: { rejections: readonly Rejection[]; more?: boolean } = jsonOf(answer, connection);
  for (const each of rejections) console.log(values.json ? JSON.stringify(each) : lineOf(each));
  if (more === true) console.error('There are more. Retry or discard some of these to see them.');
};

/** Lists the rejected changes, queues one again, or discards it. */
export const rejections: Command = { summary: 'list, retry or discard rejected changes', help: HELP, run };

const callFor = (action: string, path: string, seq: string | undefined) => {
  const number = seq === undefined ? undefined : wholeNumber('The seq', seq, 1);
  if (number === undefined || !(action === 'retry' || action === 'discard'))
    throw new CommandError('usage', `"${action}" must be retry or discard, and the seq of a rejection behind it`);
  return action === 'retry'
    ? { method: 'POST' as const, path: `${path}/${number}/retry` }
    : { method: 'DELETE' as const, path: `${path}/${number}` };
};

const lineOf = ({ seq, user, name, args, changes, rejectedAt, problem, status }: Rejection): string => {
  const change = changes === undefined ? `${name} ${JSON.stringify(args)}` : `batch ${JSON.stringify(changes)}`;
  return `${seq}  ${new Date(rejectedAt).toISOString()}  ${user}  ${status}: ${problem.detail}  ${change}`;
};
