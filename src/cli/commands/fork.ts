import { type Command, readArguments } from '../command-line/command.ts';
import { pastPoint } from '../command-line/past-point.ts';
import { jsonOf } from '../http/answers.ts';
import { applicationPath } from '../http/application-path.ts';
import { CONNECTION_HELP, CONNECTION_OPTIONS, connectionFrom } from '../http/connection.ts';
import { send } from '../http/send.ts';

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
  const connection = connectionFrom(values);
  const [from = '', to = ''] = positionals;
  const point = values.at === undefined ? {} : pastPoint('--at', values.at);
  const body = JSON.stringify({ to: applicationPath(to).slice('/v1/apps/'.length), ...point });
  const answer = await send(connection, {
    method: 'POST',
    path: `${applicationPath(from)}/fork`,
    headers: { 'Content-Type': 'application/json' },
    body: () => body,
    repeat: 'if-refused',
  });
  const { kind }: { kind?: string } = jsonOf(answer, connection);
  console.log(values.json ? answer.text : `${to} is made: kind ${kind}`);
};

/** Makes another application of the state of one. */
export const fork: Command = { summary: 'make another application of the state', help: HELP, run };
