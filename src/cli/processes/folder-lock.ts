import { linkSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { CommandError } from '../command-line/command-error.ts';
import { identityOf, type ProcessIdentity, stateOf } from './running-process.ts';

/** What the file of a lock says. */
interface Holder extends ProcessIdentity {
  /** Where its pid means something. */
  readonly machine: string;
  /** As ISO 8601. */
  readonly since: string;
  /** What works in the folder for the holder. It may outlive a holder that was killed. */
  readonly worker?: ProcessIdentity;
}

/** A folder that this process alone works in until it ends. */
export interface FolderLock {
  /** Names the process that works in the folder for this one. */
  readonly passTo: (pid: number) => void;
}

/** In the folder, so that whoever reaches the folder finds it. */
const NAME = 'serve.lock';
/** The holder touches the file this often: that tells another machine or container, where its pid says nothing. */
const TOUCH_MS = 1_000;
/** A file that nobody has touched for as long is of a holder that has ended. */
const SILENCE_MS = 3_000;
const POLL_MS = 50;

/**
 * Takes a folder for this process, until it ends. A lock whose holder has ended, however it ended, is taken over: at once
 * on the same machine, after three seconds from another one or from another container.
 *
 * @throws CommandError that names the holder
 */
export const lockFolder = async (folder: string): Promise<FolderLock> => {
  const path = join(folder, NAME);
  const own: Holder = { ...identityOf(process.pid), machine: machineNow(), since: new Date().toISOString() };
  while (!wrote(path, own)) await takeOver(path, folder);
  setInterval(touch, TOUCH_MS, path).unref();
  process.on('exit', () => holderIn(textOf(path))?.since === own.since && rmSync(path, { force: true }));
  return {
    passTo: (pid) => {
      const next = `${path}.next`;
      writeFileSync(next, JSON.stringify({ ...own, worker: identityOf(pid) } satisfies Holder));
      renameSync(next, path);
    },
  };
};

/** The machine since it was started, and the container. */
const machineNow = (): string => {
  try {
    return [
      hostname(),
      readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
      readlinkSync('/proc/self/ns/pid'),
    ].join(' ');
  } catch {
    return hostname();
  }
};

/** Whether there was no lock; then there is one now. */
const wrote = (path: string, own: Holder): boolean => {
  try {
    writeFileSync(path, JSON.stringify(own), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
};

/** Removes a lock whose holder has ended. @throws CommandError when it has not */
const takeOver = async (path: string, folder: string): Promise<void> => {
  const text = textOf(path);
  if (text === undefined) return;
  const holder = holderIn(text);
  if (await isHeld(path, holder)) throw inUse(folder, holder);
  await endWorker(holder);
  remove(path, text);
};

/** Removes a file, unless somebody else has taken it over at the same time: then it stays theirs. */
const remove = (path: string, text: string): void => {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    if (textOf(aside) !== text) linkSync(aside, path);
    rmSync(aside, { force: true });
  } catch {
    // It is gone, or there is a newer one.
  }
};

const inUse = (folder: string, holder: Holder | undefined): CommandError => {
  const by = holder === undefined ? 'another process' : `pid ${holder.pid} (since ${holder.since})`;
  return new CommandError(
    'failed',
    `Not started: the folder ${folder} is in use by ${by}. Choose another with --data, or end that process.`,
  );
};

const isHeld = async (path: string, holder: Holder | undefined): Promise<boolean> => {
  const state = holder?.machine === machineNow() ? stateOf(holder) : 'unknown';
  return state === 'unknown' ? isTouched(path) : state === 'running';
};

/** Compares no clocks: those of two machines differ. */
const isTouched = async (path: string): Promise<boolean> => {
  const before = touchedAt(path);
  for (let waited = 0; waited < SILENCE_MS; waited += POLL_MS) {
    const now = touchedAt(path);
    // Undefined: the holder has ended, and removed it.
    if (now !== before) return now !== undefined;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return false;
};

const touchedAt = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.mtimeMs;

const touch = (path: string): void => {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // Somebody has removed the file by hand.
  }
};

/** Whatever the worker of a holder that was killed has acknowledged is on disk, so killing it, too, loses nothing. */
const endWorker = async (holder: Holder | undefined): Promise<void> => {
  const { machine, worker } = holder ?? {};
  if (worker === undefined || machine !== machineNow()) return;
  while (stateOf(worker) === 'running') {
    process.kill(worker.pid, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
};

const textOf = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

/** Undefined for a text that is no lock, such as one that is being written. */
const holderIn = (text: string | undefined): Holder | undefined => {
  try {
    const holder: unknown = JSON.parse(text ?? '');
    return isHolder(holder) ? holder : undefined;
  } catch {
    return undefined;
  }
};

const isHolder = (value: unknown): value is Holder =>
  typeof value === 'object' && value !== null && 'pid' in value && 'machine' in value && 'since' in value;
