import { waitForRun, waitForVerification } from '../../api/wait-for-backups.ts';
import type {
  BackupFinding,
  BackupProgress,
  BackupRun,
  BackupVerification,
  KeptBackup,
} from '../../protocol/backup-answers.ts';
import { CommandError } from '../command-line/command-error.ts';
import { progressTeller } from './backup-progress.ts';
import type { Server } from './server.ts';

/** What a command does with a server. */
export type Work = (server: Server) => Promise<void>;

/** Begins a run, and waits for its end. */
export const runNow =
  (asJson: boolean): Work =>
  async ({ api: { backups: api } }) => {
    const onProgress = progressTeller(({ run }) =>
      run === null ? 'The run is over.' : `In progress: ${countsOf(run)}.`,
    );
    const run = await waitForRun(api, await api.start(), { onProgress });
    if (run.failed > 0) throw runFailure(run);
    console.log(asJson ? JSON.stringify(run) : `The run is over: ${countsOf(run)}.`);
  };

const countsOf = ({ made, unchanged, failed }: BackupRun): string =>
  `${made} backups made, ${unchanged} applications unchanged, ${failed} failed`;

const runFailure = (run: BackupRun): CommandError => {
  const detail = `The run is over: ${countsOf(run)}. The server's log names them; they are tried again after 15 minutes.`;
  return new CommandError('failed', detail, { error: 'failed', detail, ...run });
};

/** Verifies the backups, of one application or of all, and tells what was found. */
export const verify =
  (application: string | undefined, asJson: boolean): Work =>
  async ({ api: { backups: api } }) => {
    const scope = application === undefined ? {} : { application };
    const begun = await api.verify(scope);
    const startedAt = begun.verification?.startedAt ?? 0;
    const onProgress = progressTeller(({ verification }) => `In progress: ${findingsOf(verification)}.`);
    await waitForVerification(api, begun, { onProgress });
    const counts = { whole: 0, broken: 0, missing: 0 };
    for await (const each of api.list(scope)) {
      if (each.finding === undefined || (each.verifiedAt ?? 0) < startedAt) continue;
      counts[each.finding] += 1;
      console.log(verifiedLine(each, each.finding, asJson));
    }
    const { whole, broken, missing } = counts;
    if (broken + missing === 0) return;
    const all = whole + broken + missing;
    throw new CommandError('failed', `Of ${all} backups, ${broken} are broken and ${missing} are missing.`);
  };

const findingsOf = (verification: BackupVerification | null): string => {
  const { whole, broken, missing } = verification ?? { whole: 0, broken: 0, missing: 0 };
  return `${whole} backups are whole, ${broken} broken, ${missing} missing`;
};

const verifiedLine = (each: KeptBackup, finding: BackupFinding, asJson: boolean): string =>
  asJson
    ? JSON.stringify({ ...each, isWhole: finding === 'whole' })
    : `${(finding === 'whole' ? finding : finding.toUpperCase()).padEnd(7)}  ${backupLine(each)}`;

/** Tells how runs and verifications do. */
export const status =
  (asJson: boolean): Work =>
  async ({ api }) => {
    const progress = await api.backups.status();
    const health = await api.health({ backup: true });
    const { age } = health.backup;
    if (asJson) console.log(JSON.stringify({ ...progress, status: health.status, age }));
    else for (const line of statusLines(progress)) console.log(line);
    const covered = `Every change that is older than ${age} s is in a backup`;
    if (health.status === 'late')
      throw new CommandError('failed', `${covered}. That is late: BACKUP_LATE_HOURS has passed.`);
    if (!asJson) console.log(`${covered}.`);
  };

const statusLines = ({ run, lastRun, verification }: BackupProgress): string[] => [
  ...(run === null ? [] : [`run in progress    ${timeOf(run)}  ${countsOf(run)}`]),
  lastRun === null ? 'No run has ended yet.' : `last run           ${timeOf(lastRun)}  ${countsOf(lastRun)}`,
  verification === null
    ? 'There was no verification yet.'
    : `${verification.isRunning ? 'verifying now' : 'last verification'}`.padEnd(19) +
      `${timeOf(verification)}  ${findingsOf(verification)}`,
];

const timeOf = ({ startedAt }: { readonly startedAt: number }): string => new Date(startedAt).toISOString();

/** A line of the list. */
export const backupLine = ({ id, application, at, version, bytes }: KeptBackup): string =>
  `${`${id}`.padStart(6)}  ${new Date(at).toISOString()}  ${application.padEnd(32)}  version ${version}  ${bytes} bytes`;
