import type { AuditedUse } from '../../protocol/operator-answers.ts';
import { type Command, readArguments } from '../command-line/command.ts';
import { wholeNumber } from '../command-line/operands.ts';
import { CONNECTION_HELP, CONNECTION_OPTIONS, connectionFrom } from '../http/connection.ts';
import { withServer } from '../http/server.ts';

const HELP = `Lists what operators have done, the oldest first. For operators.

Usage: npx changebucket audit [--after 17]

  --after    begin behind the entry with this id

${CONNECTION_HELP}
  --json     one line of JSON for each
`;

const run = async (args: readonly string[]): Promise<void> => {
  const { values } = readArguments(args, { ...CONNECTION_OPTIONS, after: { type: 'string' } }, [0, 0]);
  const options = values.after === undefined ? {} : { after: wholeNumber('--after', values.after, 0) };
  await withServer(connectionFrom(values), async ({ api }) => {
    for await (const each of api.audit(options)) console.log(values.json ? JSON.stringify(each) : lineOf(each));
  });
};

/** Lists what operators have done. */
export const audit: Command = { summary: 'list what operators have done', help: HELP, run };

const lineOf = ({ id, at, actor, what, target = '', outcome }: AuditedUse): string => {
  const name = 'subject' in actor ? actor.subject : 'secret' in actor ? actor.secret : 'an operator';
  return `${id}  ${new Date(at).toISOString()}  ${name}  ${what}  ${target}  ${outcome ?? 'unknown'}`;
};
