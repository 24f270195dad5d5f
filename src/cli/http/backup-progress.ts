import type { BackupProgress } from '../../protocol/backup-answers.ts';
import { CommandError } from '../command-line/command-error.ts';

/** A line on standard error tells where it stands. */
const TELL_MS = 10_000;
/** Longer than the 10 minutes that the export of one application may take [L11]. */
const STALLED_MS = 660_000;

/**
 * Tells now and then where a run or a verification stands.
 *
 * @param describe where it stands, in words
 * @returns to be called with each progress @throws CommandError when it has not moved for 11 minutes
 */
export const progressTeller = (describe: (progress: BackupProgress) => string) => {
  let moved = { at: Date.now(), text: '' };
  let shownAt = moved.at;
  return (progress: BackupProgress): void => {
    const now = { at: Date.now(), text: describe(progress) };
    if (now.text !== moved.text) moved = now;
    if (now.at - moved.at > STALLED_MS) throw stalled(now.text);
    if (now.at - shownAt < TELL_MS) return;
    shownAt = now.at;
    console.error(now.text);
  };
};

const stalled = (text: string): CommandError =>
  new CommandError(
    'failed',
    `${text} It has not moved for 11 minutes: the server's log says why. It goes on by itself.`,
  );
