import { type Command, readArguments } from '../command-line/command.ts';
import { applicationName } from '../http/application-path.ts';
import { CONNECTION_HELP, CONNECTION_OPTIONS, connectionFrom } from '../http/connection.ts';
import { withServer } from '../http/server.ts';

const HELP = `Brings a deleted application back as it was, with its log, its clients and its queue.

Usage: npx changebucket undelete owner/app [--epoch epoch]

  --epoch  which one, where several of the name were deleted (default: the last one); apps --deleted lists them

${CONNECTION_HELP}
  --json   one line of JSON
`;

const OPTIONS = { ...CONNECTION_OPTIONS, epoch: { type: 'string' } } as const;

const run = async (args: readonly string[]): Promise<void> => {
  const { values, positionals } = readArguments(args, OPTIONS, [1, 1]);
  const application = applicationName(positionals[0] ?? '');
  const { epoch } = values;
  await withServer(connectionFrom(values), async ({ api }) => {
    const info = await api.application(application).undelete(epoch === undefined ? {} : { epoch });
    const line = `${application} is back: kind ${info.kind}, version ${info.version}`;
    console.log(values.json ? JSON.stringify(info) : line);
  });
};

/** Brings a deleted application back [L16]. */
export const undelete: Command = { summary: 'bring a deleted application back', help: HELP, run };
