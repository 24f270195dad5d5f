import { createReadStream, existsSync } from 'node:fs';
import { Readable } from 'node:stream';
import { type Command, readArguments } from '../command-line/command.ts';
import { CommandError } from '../command-line/command-error.ts';
import { jsonOf } from '../http/answers.ts';
import { applicationPath } from '../http/application-path.ts';
import { CONNECTION_HELP, CONNECTION_OPTIONS, type Connection, connectionFrom } from '../http/connection.ts';
import { send } from '../http/send.ts';

const HELP = `Makes an application of a backup: state, log, clients, rejections and queue, under a new epoch.

Usage: npx changebucket restore list.ndjson owner/app
       npx changebucket restore - owner/app < list.ndjson

  --replace  an application of that name, which is lost: without this flag there must be none

${CONNECTION_HELP}
  --json     what the server tells of the application, as one line of JSON
`;

const OPTIONS = { ...CONNECTION_OPTIONS, replace: { type: 'boolean', default: false } } as const;

/** An import may take ten minutes [L11]. */
const IMPORT_MS = 600_000;

const run = async (args: readonly string[]): Promise<void> => {
  const { values, positionals } = readArguments(args, OPTIONS, [2, 2]);
  const connection = connectionFrom(values);
  const [file = '', name = ''] = positionals;
  const path = applicationPath(name);
  if (file !== '-' && !existsSync(file)) throw new CommandError('usage', `There is no file ${file}.`);
  if (!values.replace) await refuseExisting(connection, path, name);
  const answer = await send(connection, {
    method: 'PUT',
    path: `${path}/import`,
    headers: { 'Content-Type': 'application/x-ndjson' },
    body: () => Readable.toWeb(file === '-' ? process.stdin : createReadStream(file)),
    waitMs: IMPORT_MS,
    repeat: file === '-' ? 'never' : 'if-refused',
  });
  const { version, kind }: { version?: number; kind?: string } = jsonOf(answer, connection);
  console.log(values.json ? answer.text : `${name} is restored: kind ${kind}, version ${version}`);
};

/** Makes an application of a backup. */
export const restore: Command = { summary: 'make an application of a backup', help: HELP, run };

const refuseExisting = async (connection: Connection, path: string, name: string): Promise<void> => {
  const isThere = await send(connection, { path }).then(
    () => true,
    (error: unknown) => {
      const isMissing =
        error instanceof CommandError && 'type' in error.body && `${error.body.type}`.endsWith(':unknown-application');
      if (!isMissing) throw error;
      return false;
    },
  );
  if (isThere)
    throw new CommandError('failed', `${name} exists. Restore under another name, or replace it with --replace.`);
};
