import { createReadStream, existsSync } from 'node:fs';
import { Readable } from 'node:stream';
import { type Command, readArguments } from '../command-line/command.ts';
import { CommandError } from '../command-line/command-error.ts';
import { pastPoint } from '../command-line/past-point.ts';
import { jsonOf } from '../http/answers.ts';
import { applicationPath } from '../http/application-path.ts';
import { CONNECTION_HELP, CONNECTION_OPTIONS, type Connection, connectionFrom } from '../http/connection.ts';
import { type Call, send } from '../http/send.ts';

const HELP = `Makes an application of a backup, or brings one back to an earlier state. Either is a new epoch.

Usage: npx changebucket restore list.ndjson owner/app
       npx changebucket restore - owner/app < list.ndjson
       npx changebucket restore list.ndjson owner/app --state
       npx changebucket restore owner/app --at 12
       npx changebucket restore owner/app --at 2026-11-28T07:00:00Z

  --at       a version, or a time, of the application's own history: a step of its log, which stays
  --state    takes only the state of the backup into the application of that name, as a step of its log
  --replace  an application of that name, which is lost with its log: without this flag there must be none

${CONNECTION_HELP}
  --json     what the server tells of the application, as one line of JSON
`;

const OPTIONS = {
  ...CONNECTION_OPTIONS,
  replace: { type: 'boolean', default: false },
  state: { type: 'boolean', default: false },
  at: { type: 'string' },
} as const;

/** An import may take ten minutes [L11]. */
const IMPORT_MS = 600_000;

const run = async (args: readonly string[]): Promise<void> => {
  const { values, positionals } = readArguments(args, OPTIONS, [1, 2]);
  const connection = connectionFrom(values);
  const [file, name = ''] = positionals.length === 1 ? [undefined, ...positionals] : positionals;
  const path = applicationPath(name);
  const call = file === undefined ? fromHistory(path, values) : fromFile(path, file, values);
  if (file !== undefined && !values.replace && !values.state) await refuseExisting(connection, path, name);
  const answer = await send(connection, { ...call, waitMs: IMPORT_MS });
  const { version, kind }: { version?: number; kind?: string } = jsonOf(answer, connection);
  console.log(values.json ? answer.text : `${name} is restored: kind ${kind}, version ${version}`);
};

interface Choices {
  readonly at?: string | undefined;
  readonly state: boolean;
  readonly replace: boolean;
}

const fromHistory = (path: string, { at, state, replace }: Choices): Call => {
  if (at === undefined || state || replace)
    throw new CommandError('usage', 'Name a file and an application, or an application and --at.');
  const body = JSON.stringify(pastPoint('--at', at));
  const headers = { 'Content-Type': 'application/json' };
  return { method: 'POST', path: `${path}/restore`, headers, body: () => body, repeat: 'if-refused' };
};

const fromFile = (path: string, file: string, { at, state, replace }: Choices): Call => {
  if (at !== undefined) throw new CommandError('usage', '--at is for the history of an application: name no file.');
  if (state && replace) throw new CommandError('usage', '--state keeps the application, and --replace does not.');
  if (file !== '-' && !existsSync(file)) throw new CommandError('usage', `There is no file ${file}.`);
  return {
    ...(state ? { method: 'POST', path: `${path}/restore` } : { method: 'PUT', path: `${path}/import` }),
    headers: { 'Content-Type': 'application/x-ndjson' },
    body: () => Readable.toWeb(file === '-' ? process.stdin : createReadStream(file)),
    repeat: file === '-' ? 'never' : 'if-refused',
  };
};

/** Makes an application of a backup, or brings one back. */
export const restore: Command = { summary: 'make an application of a backup, or bring one back', help: HELP, run };

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
