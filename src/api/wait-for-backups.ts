import { defaultEnvironment } from '../client/platform/environment.ts';
import { pause } from '../client/platform/pause.ts';
import type { BackupProgress, BackupRun, BackupVerification } from '../protocol/backup-answers.ts';
import type { BackupsApi } from './backups.ts';
import type { CallOptions } from './call.ts';

/** The options of `waitForRun` and `waitForVerification`. */
export interface BackupWaitOptions extends CallOptions {
  /** Called with each answer of `status`, also with the last one; what it throws ends the waiting. */
  readonly onProgress?: (progress: BackupProgress) => void;
}

const FIRST_PAUSE_MS = 100;
const PAUSE_MS = 2_000;

/**
 * Waits for the end of a run of backups, which may take hours: nothing ends the waiting but its end and `signal`.
 *
 * @param begun what `backups.start()` has answered
 * @returns the run that has ended: one in which an application has `failed` is tried again by itself
 * @throws ProblemError of `backups.status()`, and the reason of `signal`; the run goes on
 * @example
 * const { made, failed } = await waitForRun(api.backups, await api.backups.start());
 */
export const waitForRun = (
  backups: Pick<BackupsApi, 'status'>,
  begun: BackupProgress,
  options: BackupWaitOptions = {},
): Promise<BackupRun> => {
  const startedAt = (begun.run ?? begun.lastRun)?.startedAt ?? 0;
  const ended = ({ lastRun }: BackupProgress) =>
    lastRun !== null && lastRun.startedAt >= startedAt ? lastRun : undefined;
  return waitFor(backups, begun, ended, options);
};

/**
 * Waits for the end of a verification of backups, as `waitForRun` does for a run.
 *
 * @param begun what `backups.verify()` has answered
 * @returns the verification that has ended: `backups.list()` has what it found of each backup
 * @throws ProblemError of `backups.status()`, and the reason of `signal`; the verification goes on
 * @example
 * const { broken, missing } = await waitForVerification(api.backups, await api.backups.verify());
 */
export const waitForVerification = (
  backups: Pick<BackupsApi, 'status'>,
  begun: BackupProgress,
  options: BackupWaitOptions = {},
): Promise<BackupVerification> => {
  const startedAt = begun.verification?.startedAt ?? 0;
  const ended = ({ verification }: BackupProgress) =>
    verification !== null && verification.startedAt >= startedAt && !verification.isRunning ? verification : undefined;
  return waitFor(backups, begun, ended, options);
};

const waitFor = async <Result>(
  backups: Pick<BackupsApi, 'status'>,
  begun: BackupProgress,
  ended: (progress: BackupProgress) => Result | undefined,
  { signal, onProgress }: BackupWaitOptions,
): Promise<Result> => {
  const environment = defaultEnvironment({});
  let result = ended(begun);
  for (let pauseMs = FIRST_PAUSE_MS; result === undefined; pauseMs = Math.min(PAUSE_MS, pauseMs * 2)) {
    await pause(environment, pauseMs, signal);
    const progress = await backups.status({ signal });
    onProgress?.(progress);
    result = ended(progress);
  }
  return result;
};
