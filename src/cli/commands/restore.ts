import { createReadStream, existsSync } from 'node:fs';
import { Readable } from 'node:stream';
import type { ApplicationApi } from '../../api/application-api.ts';
import { ProblemError } from '../../client/platform/problem-error.ts';
import { type Command, readArguments } from '../command-line/command.ts';
import { CommandError } from '../command-line/command-error.ts';
import { applicationName } from '../http/application-path.ts';
import { CONNECTION_HELP, CONNECTION_OPTIONS, connectionFrom } from '../http/connection.ts';
import { withServer } from '../http/server.ts';

const HELP = `Makes an application of a backup: state, log, clients, rejections and queue, under a new epoch.

Usage: npx changebucket restore list.ndjson owner/app
       npx changebucket restore - owner/app < list.ndjson

  --replace  an application of that name, which is lost: without this flag there must be none

${CONNECTION_HELP}
  --json     what the server tells of the application, as one line of JSON
`;

const OPTIONS = { ...CONNECTION_OPTIONS, replace: { type: 'boolean', default: false } } as const;

const run = async (args: readonly string[]): Promise<void> => {
  const { values, positionals } = readArguments(args, OPTIONS, [2, 2]);
  const [file = '', given = ''] = positionals;
  const name = applicationName(given);
  if (file !== '-' && !existsSync(file)) throw new CommandError('usage', `There is no file ${file}.`);
  await withServer(connectionFrom(values), async ({ api }) => {
    const application = api.application(name);
    if (!values.replace) await refuseExisting(application, given);
    const info = await application.import(file === '-' ? toWeb(process.stdin) : () => toWeb(createReadStream(file)));
    const { kind, version } = info;
    console.log(values.json ? JSON.stringify(info) : `${given} is restored: kind ${kind}, version ${version}`);
  });
};

/** Makes an application of a backup. */
export const restore: Command = { summary: 'make an application of a backup', help: HELP, run };

/** Node's own type of a stream is another one than that of `fetch`. */
const toWeb = (stream: Readable) => Readable.toWeb(stream) as unknown as ReadableStream<Uint8Array>;

const refuseExisting = async (application: ApplicationApi, name: string): Promise<void> => {
  const isThere = await application.info().then(
    () => true,
    (error: unknown) => {
      if (!(error instanceof ProblemError) || error.name !== 'unknown-application') throw error;
      return false;
    },
  );
  if (isThere)
    throw new CommandError('failed', `${name} exists. Restore under another name, or replace it with --replace.`);
};
