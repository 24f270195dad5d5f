import { type Command, readArguments } from '../command-line/command.ts';
import { wholeNumber } from '../command-line/operands.ts';
import { jsonOf } from '../http/answers.ts';
import { applicationPath } from '../http/application-path.ts';
import { CONNECTION_HELP, CONNECTION_OPTIONS, connectionFrom } from '../http/connection.ts';
import { send } from '../http/send.ts';

const HELP = `Prints the JSON Patch that leads from one version of the state to another, one operation on each line.

Usage: npx changebucket diff owner/app from [to]

  from, to   versions, in any order; without "to", the current one

${CONNECTION_HELP}
  --json     the whole patch as one line of JSON
`;

const run = async (args: readonly string[]): Promise<void> => {
  const { values, positionals } = readArguments(args, CONNECTION_OPTIONS, [2, 3]);
  const connection = connectionFrom(values);
  const [name = '', from = '', to] = positionals;
  const end = to === undefined ? '' : `&to=${wholeNumber('The second version', to, 0)}`;
  const path = `${applicationPath(name)}/diff?from=${wholeNumber('The first version', from, 0)}${end}`;
  const answer = await send(connection, { path });
  const operations = jsonOf<readonly unknown[]>(answer, connection);
  if (values.json) console.log(answer.text);
  else for (const operation of operations) console.log(JSON.stringify(operation));
};

/** Prints the patch between two versions. */
export const diff: Command = { summary: 'print what lies between two versions', help: HELP, run };
