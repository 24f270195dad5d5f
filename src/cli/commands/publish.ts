import { type Command, readArguments } from '../command-line/command.ts';
import { applicationName } from '../http/application-path.ts';
import { CONNECTION_HELP, CONNECTION_OPTIONS, connectionFrom } from '../http/connection.ts';
import { withServer } from '../http/server.ts';

const HELP = `Lets everybody read an application without a token, or ends that. Only an admin of the application may.

Usage: npx changebucket publish owner/app [--off]

  --off   ends it: whoever reads without a token is disconnected within a second

${CONNECTION_HELP}
  --json  one line of JSON
`;

const OPTIONS = { ...CONNECTION_OPTIONS, off: { type: 'boolean', default: false } } as const;

const run = async (args: readonly string[]): Promise<void> => {
  const { values, positionals } = readArguments(args, OPTIONS, [1, 1]);
  const application = applicationName(positionals[0] ?? '');
  const isPublic = !values.off;
  await withServer(connectionFrom(values), async ({ api }) => {
    await api.application(application).setPublic(isPublic);
    const line = `${application}: ${isPublic ? 'everybody may read it' : 'only those with a role may read it'}`;
    console.log(values.json ? JSON.stringify({ application, public: isPublic }) : line);
  });
};

/** Opens an application to readers without a token, or closes it [A15]. */
export const publish: Command = { summary: 'let everybody read an application', help: HELP, run };
