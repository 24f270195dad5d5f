import { type Command, readArguments } from '../command-line/command.ts';
import { CommandError } from '../command-line/command-error.ts';
import { applicationName } from '../http/application-path.ts';
import { CONNECTION_HELP, CONNECTION_OPTIONS, connectionFrom } from '../http/connection.ts';
import { withServer } from '../http/server.ts';

const HELP = `Deletes an application for good: with what was deleted before under its name, and with its scheduled backups.

Usage: npx changebucket purge owner/app --yes

  --yes   you mean it: nothing brings it back

${CONNECTION_HELP}
  --json  one line of JSON
`;

const OPTIONS = { ...CONNECTION_OPTIONS, yes: { type: 'boolean', default: false } } as const;

const run = async (args: readonly string[]): Promise<void> => {
  const { values, positionals } = readArguments(args, OPTIONS, [1, 1]);
  const application = applicationName(positionals[0] ?? '');
  if (!values.yes)
    throw new CommandError('usage', `Nothing brings ${application} back after a purge. Add --yes if you mean it.`);
  await withServer(connectionFrom(values), async ({ api }) => {
    await api.application(application).purge();
    const line = `${application} is deleted for good, with its scheduled backups`;
    console.log(values.json ? JSON.stringify({ application, purged: true }) : line);
  });
};

/** Deletes everything of a name for good [L17]. */
export const purge: Command = { summary: 'delete an application for good, with its backups', help: HELP, run };
