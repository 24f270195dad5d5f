import { type Command, readArguments } from '../command-line/command.ts';
import { wholeNumber } from '../command-line/operands.ts';
import { applicationName } from '../http/application-path.ts';
import { CONNECTION_HELP, CONNECTION_OPTIONS, connectionFrom } from '../http/connection.ts';
import { withServer } from '../http/server.ts';

const HELP = `Prints the JSON Patch that leads from one version of the state to another, one operation on each line.

Usage: npx changebucket diff owner/app from [to]

  from, to   versions, in any order; without "to", the current one

${CONNECTION_HELP}
  --json     the whole patch as one line of JSON
`;

const run = async (args: readonly string[]): Promise<void> => {
  const { values, positionals } = readArguments(args, CONNECTION_OPTIONS, [2, 3]);
  const [given = '', from = '', to] = positionals;
  const name = applicationName(given);
  const start = wholeNumber('The first version', from, 0);
  const end = to === undefined ? undefined : wholeNumber('The second version', to, 0);
  await withServer(connectionFrom(values), async ({ api }) => {
    const operations = await api.application(name).diff(start, end);
    if (values.json) console.log(JSON.stringify(operations));
    else for (const operation of operations) console.log(JSON.stringify(operation));
  });
};

/** Prints the patch between two versions. */
export const diff: Command = { summary: 'print what lies between two versions', help: HELP, run };
