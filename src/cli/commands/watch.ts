import { type Command, readArguments } from '../command-line/command.ts';
import { jsonPointer } from '../command-line/operands.ts';
import { applicationPath } from '../http/application-path.ts';
import { CONNECTION_HELP, CONNECTION_OPTIONS, connectionFrom } from '../http/connection.ts';
import { follow, type Step } from '../http/follow.ts';

const HELP = `Prints the state, and then a line for each step of it, until it is ended (Ctrl-C).

Usage: npx changebucket watch owner/app [/path]

It follows by server-sent events, and by long-polls where a proxy holds events back; it reconnects by itself, and goes on
from the version that it has printed. It ends when the application is deleted or the token has expired.

${CONNECTION_HELP}
  --json     {"epoch","version","state"}, or {"epoch","version","patch"} with a JSON Patch, or {"epoch","version","gone"}
             when there is nothing at the path any more: one line of JSON for each
`;

const run = async (args: readonly string[]): Promise<void> => {
  const { values, positionals } = readArguments(args, CONNECTION_OPTIONS, [1, 2]);
  const [name = '', pointer = ''] = positionals;
  const query = pointer === '' ? '' : `?${new URLSearchParams({ path: jsonPointer(pointer) })}`;
  const steps = follow(connectionFrom(values), `${applicationPath(name)}/state${query}`);
  for await (const step of steps) console.log(values.json ? jsonOf(step) : lineOf(step));
};

/** Prints each step of a state. */
export const watch: Command = { summary: 'print every step of the state as it happens', help: HELP, run };

/** The text of a state is JSON already, and may be long. */
const jsonOf = ({ type, at, text }: Step): string =>
  `{"epoch":${JSON.stringify(at.epoch)},"version":${at.version},"${type}":${type === 'gone' ? 'true' : text}}`;

const lineOf = ({ type, at, text }: Step): string => `version ${at.version}  ${type} ${text}`.trimEnd();
