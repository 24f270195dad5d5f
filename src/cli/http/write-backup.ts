import { once } from 'node:events';
import { open as openFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { CommandError } from '../command-line/command-error.ts';
import { BackupCheck } from './backup-check.ts';

interface Target {
  /** The file; undefined: standard output. */
  readonly output?: string | undefined;
  readonly json: boolean;
}

/**
 * Writes a backup to standard output; or to a file, and tells when it is complete.
 *
 * @throws CommandError when not all of it has come
 */
export const writeBackup = async (stream: ReadableStream<Uint8Array>, { output, json }: Target): Promise<void> => {
  if (output === undefined) {
    await copy(stream, toStandardOutput);
    return;
  }
  const copied = await toFile(stream, output);
  const { lines, bytes } = copied;
  console.log(json ? JSON.stringify(copied) : `${output}: ${lines} lines, ${bytes} bytes, complete`);
};

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
