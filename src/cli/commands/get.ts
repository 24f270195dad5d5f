import { parseEtag } from '../../protocol/version.ts';
import { type Command, readArguments } from '../command-line/command.ts';
import { jsonPointer, wholeNumber } from '../command-line/operands.ts';
import { jsonOf } from '../http/answers.ts';
import { applicationPath } from '../http/application-path.ts';
import { CONNECTION_HELP, CONNECTION_OPTIONS, connectionFrom } from '../http/connection.ts';
import { send } from '../http/send.ts';

const HELP = `Prints the state of an application, or the part of it at a JSON Pointer.

Usage: npx changebucket get owner/app [/path] [--at 12] [--drain] [--min-version 12]

  --at           the state as it was at a version
  --drain        with everything that was acknowledged before
  --min-version  at least this version; waits for it up to 25 s

${CONNECTION_HELP}
  --json         {"epoch","version","state"} as one line of JSON
`;

const OPTIONS = {
  ...CONNECTION_OPTIONS,
  at: { type: 'string' },
  drain: { type: 'boolean', default: false },
  'min-version': { type: 'string' },
} as const;

const WAIT_S = 25;

const run = async (args: readonly string[]): Promise<void> => {
  const { values, positionals } = readArguments(args, OPTIONS, [1, 2]);
  const connection = connectionFrom(values);
  const [name = '', pointer = ''] = positionals;
  const query = new URLSearchParams();
  if (values.at !== undefined) query.set('at', `${wholeNumber('--at', values.at, 0)}`);
  if (pointer !== '') query.set('path', jsonPointer(pointer));
  const least = values['min-version'];
  const prefer = [...(values.drain ? ['drain'] : []), ...(least === undefined ? [] : [`wait=${WAIT_S}`])];
  const answer = await send(connection, {
    path: `${applicationPath(name)}/state${query.size === 0 ? '' : `?${query}`}`,
    headers: {
      ...(prefer.length === 0 ? {} : { Prefer: prefer.join(', ') }),
      ...(least === undefined ? {} : { 'Min-Version': `${wholeNumber('--min-version', least, 0)}` }),
    },
    waitMs: WAIT_S * 1_000,
  });
  const state = jsonOf<unknown>(answer, connection);
  const version = parseEtag(answer.headers.get('ETag') ?? '');
  console.log(values.json ? JSON.stringify({ ...version, state }) : JSON.stringify(state, null, 2));
};

/** Prints the state of an application, or a part of it. */
export const get: Command = { summary: 'print the state, or a part of it', help: HELP, run };
