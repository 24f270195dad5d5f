import { once } from 'node:events';
import { open as openFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { type Command, readArguments } from '../command-line/command.ts';
import { CommandError } from '../command-line/command-error.ts';
import { applicationName } from '../http/application-path.ts';
import { BackupCheck } from '../http/backup-check.ts';
import { CONNECTION_HELP, CONNECTION_OPTIONS, connectionFrom } from '../http/connection.ts';
import { withServer } from '../http/server.ts';

const HELP = `Writes a backup of an application, as NDJSON, and checks that all of it has come.

Usage: npx changebucket backup owner/app > list.ndjson
       npx changebucket backup owner/app -o list.ndjson

  -o, --output  file that appears once it is complete; an older one of that name stays until then

${CONNECTION_HELP}
  --json        {"lines","bytes"} as one line of JSON, with -o only
`;

const OPTIONS = { ...CONNECTION_OPTIONS, output: { type: 'string', short: 'o' } } as const;

const run = async (args: readonly string[]): Promise<void> => {
  const { values, positionals } = readArguments(args, OPTIONS, [1, 1]);
  const name = applicationName(positionals[0] ?? '');
  await withServer(connectionFrom(values), async ({ api }) => {
    const stream = await api.application(name).export();
    if (values.output === undefined) {
      await copy(stream, toStandardOutput);
      return;
    }
    const copied = await toFile(stream, values.output);
    const { lines, bytes } = copied;
    console.log(values.json ? JSON.stringify(copied) : `${values.output}: ${lines} lines, ${bytes} bytes, complete`);
  });
};

/** Writes a backup of an application. */
export const backup: Command = { summary: 'write a backup of an application', help: HELP, run };

type Write = (piece: Buffer) => Promise<void>;

const toStandardOutput: Write = async (piece) => {
  if (!process.stdout.write(piece)) await once(process.stdout, 'drain');
};

/**
 * Under another name until it is complete: a backup that was cut must not replace a good one. What is no file, such as
 * a pipe or `/dev/null`, is written to and never replaced.
 */
const toFile = async (stream: ReadableStream<Uint8Array>, given: string) => {
  const path = await realpath(given).catch(() => given);
  const isFile = (await stat(path).catch(() => undefined))?.isFile() ?? true;
  const part = isFile ? `${path}.part` : path;
  const file = await openFile(part, 'w');
  try {
    const copied = await copy(stream, async (piece) => {
      await file.writeFile(piece);
    });
    if (isFile) await file.sync();
    await file.close();
    if (isFile) await rename(part, path);
    return copied;
  } catch (error) {
    await file.close().catch(() => undefined);
    if (isFile) await rm(part, { force: true });
    throw error;
  }
};

const copy = async (
  stream: ReadableStream<Uint8Array>,
  write: Write,
): Promise<{ readonly lines: number; readonly bytes: number }> => {
  const check = new BackupCheck();
  let bytes = 0;
  try {
    for await (const chunk of stream) {
      const piece = Buffer.from(chunk);
      check.add(piece);
      bytes += piece.length;
      await write(piece);
    }
  } catch (error) {
    throw incomplete(error instanceof Error ? `: ${error.message}` : '');
  }
  const lines = check.lines();
  if (lines === undefined) throw incomplete('');
  return { lines, bytes };
};

const incomplete = (reason: string): CommandError =>
  new CommandError(
    'unreachable',
    `The backup is not complete${reason}. Nothing can be restored from it: run it again.`,
  );
