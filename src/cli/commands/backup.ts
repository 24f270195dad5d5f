import { type Command, readArguments } from '../command-line/command.ts';
import { applicationName } from '../http/application-path.ts';
import { CONNECTION_HELP, CONNECTION_OPTIONS, connectionFrom } from '../http/connection.ts';
import { withServer } from '../http/server.ts';
import { writeBackup } from '../http/write-backup.ts';

const HELP = `Writes a backup of an application, as NDJSON, and checks that all of it has come.

Usage: npx changebucket backup owner/app > list.ndjson
       npx changebucket backup owner/app -o list.ndjson

  -o, --output  file that appears once it is complete; an older one of that name stays until then

${CONNECTION_HELP}
  --json        {"lines","bytes"} as one line of JSON, with -o only
`;

const OPTIONS = { ...CONNECTION_OPTIONS, output: { type: 'string', short: 'o' } } as const;

const run = async (args: readonly string[]): Promise<void> => {
  const { values, positionals } = readArguments(args, OPTIONS, [1, 1]);
  const name = applicationName(positionals[0] ?? '');
  await withServer(connectionFrom(values), async ({ api }) => {
    await writeBackup(await api.application(name).export(), values);
  });
};

/** Writes a backup of an application. */
export const backup: Command = { summary: 'write a backup of an application', help: HELP, run };
