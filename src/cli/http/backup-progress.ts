import type { BackupsApi } from '../../api/backups.ts';
import type { BackupProgress } from '../../protocol/backup-answers.ts';
import { CommandError } from '../command-line/command-error.ts';

/** What a command waits for. */
export interface Awaited<Result> {
  /** Undefined while it is in progress. */
  readonly result: (progress: BackupProgress) => Result | undefined;
  /** Where it stands, in words. */
  readonly describe: (progress: BackupProgress) => string;
}

const FIRST_PAUSE_MS = 100;
const PAUSE_MS = 2_000;
/** A line on standard error tells where it stands. */
const TELL_MS = 10_000;
/** Longer than the 10 minutes that the export of one application may take [L11]. */
const STALLED_MS = 660_000;

/** Asks until a run or a verification is over. @throws CommandError when it has not moved for 11 minutes */
export const waitFor = async <Result>(
  api: Pick<BackupsApi, 'status'>,
  begun: BackupProgress,
  { result, describe }: Awaited<Result>,
): Promise<Result> => {
  let progress = begun;
  let moved = { at: Date.now(), text: describe(begun) };
  let shownAt = moved.at;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(PAUSE_MS, pauseMs * 2)) {
    const ended = result(progress);
    if (ended !== undefined) return ended;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    progress = await api.status();
    const now = { at: Date.now(), text: describe(progress) };
    if (now.text !== moved.text) moved = now;
    if (now.at - moved.at > STALLED_MS) throw stalled(now.text);
    if (now.at - shownAt < TELL_MS) continue;
    shownAt = now.at;
    console.error(now.text);
  }
};

const stalled = (text: string): CommandError =>
  new CommandError(
    'failed',
    `${text} It has not moved for 11 minutes: the server's log says why. It goes on by itself.`,
  );
