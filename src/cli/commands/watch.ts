import type { Step } from '../../api/follow-step.ts';
import { type Command, readArguments } from '../command-line/command.ts';
import { jsonPointer } from '../command-line/operands.ts';
import { applicationName } from '../http/application-path.ts';
import { CONNECTION_HELP, CONNECTION_OPTIONS, connectionFrom } from '../http/connection.ts';
import { withServer } from '../http/server.ts';

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
  const path = jsonPointer(pointer);
  const application = applicationName(name);
  await withServer(connectionFrom(values), async ({ api }) => {
    for await (const step of api.application(application).follow({ path }))
      console.log(values.json ? jsonOf(step) : lineOf(step));
  });
};

/** Prints each step of a state. */
export const watch: Command = { summary: 'print every step of the state as it happens', help: HELP, run };

const contentOf = (step: Step): unknown =>
  step.kind === 'state' ? step.state : step.kind === 'patch' ? step.patch : undefined;

const jsonOf = (step: Step): string => {
  const { epoch, version, kind } = step;
  return JSON.stringify({ epoch, version, [kind]: kind === 'gone' ? true : contentOf(step) });
};

const lineOf = (step: Step): string =>
  `version ${step.version}  ${step.kind} ${step.kind === 'gone' ? '' : JSON.stringify(contentOf(step))}`.trimEnd();
