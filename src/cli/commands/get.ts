import { WAIT_SECONDS_MAX } from '../../protocol/limits.ts';
import { type Command, readArguments } from '../command-line/command.ts';
import { jsonPointer, wholeNumber } from '../command-line/operands.ts';
import { applicationName } from '../http/application-path.ts';
import { CONNECTION_HELP, CONNECTION_OPTIONS, connectionFrom } from '../http/connection.ts';
import { withServer } from '../http/server.ts';

const HELP = `Prints the state of an application, or the part of it at a JSON Pointer.

Usage: npx changebucket get owner/app [/path] [--at 12] [--drain] [--min-version 12]

  --at           the state as it was at a version
  --drain        with everything that was acknowledged before
  --min-version  at least this version; waits for it up to 25 s

${CONNECTION_HELP}
  --json         {"epoch","version","state"} as one line of JSON
`;

const OPTIONS = {
  ...CONNECTION_OPTIONS,
  at: { type: 'string' },
  drain: { type: 'boolean', default: false },
  'min-version': { type: 'string' },
} as const;

const run = async (args: readonly string[]): Promise<void> => {
  const { values, positionals } = readArguments(args, OPTIONS, [1, 2]);
  const [name = '', pointer = ''] = positionals;
  const { at, 'min-version': least, drain } = values;
  const application = applicationName(name);
  const options = {
    path: jsonPointer(pointer),
    drain,
    ...(at === undefined ? {} : { at: wholeNumber('--at', at, 0) }),
    ...(least === undefined ? {} : { minVersion: wholeNumber('--min-version', least, 0), wait: WAIT_SECONDS_MAX }),
  };
  await withServer(connectionFrom(values), async ({ api }) => {
    const { epoch, version, state } = await api.application(application).state(options);
    console.log(values.json ? JSON.stringify({ epoch, version, state }) : JSON.stringify(state, null, 2));
  });
};

/** Prints the state of an application, or a part of it. */
export const get: Command = { summary: 'print the state, or a part of it', help: HELP, run };
