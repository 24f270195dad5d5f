import { type Command, readArguments } from '../command-line/command.ts';
import { pastPoint } from '../command-line/past-point.ts';
import { applicationName } from '../http/application-path.ts';
import { CONNECTION_HELP, CONNECTION_OPTIONS, connectionFrom } from '../http/connection.ts';
import { withServer } from '../http/server.ts';

const HELP = `Makes another application of the state of one: without its log, clients and rejections.

Usage: npx changebucket fork owner/app other/name [--at 12 | --at 2026-11-28T07:00:00Z]

  --at       the state of a version, or of a time; without it, that of now

There must be no application of the other name. It needs the role reader for the first, and admin for the second.

${CONNECTION_HELP}
  --json     what the server tells of the new application, as one line of JSON
`;

const OPTIONS = { ...CONNECTION_OPTIONS, at: { type: 'string' } } as const;

const run = async (args: readonly string[]): Promise<void> => {
  const { values, positionals } = readArguments(args, OPTIONS, [2, 2]);
  const [from = '', to = ''] = positionals;
  const [name, other] = [applicationName(from), applicationName(to)];
  const options = values.at === undefined ? {} : { at: pastPoint('--at', values.at) };
  await withServer(connectionFrom(values), async ({ api }) => {
    const info = await api.application(name).fork(other, options);
    console.log(values.json ? JSON.stringify(info) : `${to} is made: kind ${info.kind}`);
  });
};

/** Makes another application of the state of one. */
export const fork: Command = { summary: 'make another application of the state', help: HELP, run };
