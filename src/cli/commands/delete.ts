import { type Command, readArguments } from '../command-line/command.ts';
import { applicationName } from '../http/application-path.ts';
import { CONNECTION_HELP, CONNECTION_OPTIONS, connectionFrom } from '../http/connection.ts';
import { withServer } from '../http/server.ts';

const HELP = `Deletes an application. It can be undeleted for some days, 7 where the deployment does not say otherwise.

Usage: npx changebucket delete owner/app

${CONNECTION_HELP}
  --json  one line of JSON
`;

const run = async (args: readonly string[]): Promise<void> => {
  const { values, positionals } = readArguments(args, CONNECTION_OPTIONS, [1, 1]);
  const application = applicationName(positionals[0] ?? '');
  await withServer(connectionFrom(values), async ({ api }) => {
    await api.application(application).delete();
    const line = `${application} is deleted. To take it back: npx changebucket undelete ${application}`;
    console.log(values.json ? JSON.stringify({ application, deleted: true }) : line);
  });
};

/** Deletes an application [L3]. */
export const deleteCommand: Command = { summary: 'delete an application', help: HELP, run };
