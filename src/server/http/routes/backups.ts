import { ProblemError } from '../../../core/json/problem-error.ts';
import type { BackupProgress } from '../../../protocol/backup-answers.ts';
import { BACKUP_PAGE_MAX } from '../../../protocol/backup-limits.ts';
import { problem } from '../../../protocol/problems.ts';
import { BACKUPS_NAME } from '../../rpc/backups.ts';
import { callDirectory } from '../object/call-directory.ts';
import { type Ctx, counterParam, unwrap } from '../request/context.ts';
import { applicationParameter, integerParameter, readQuery, versionParameter } from '../request/query.ts';
import { json, respond } from '../response/response.ts';

/** The query of the list of backups. */
export const BACKUPS_QUERY = {
  application: applicationParameter,
  after: versionParameter,
  limit: integerParameter(1, BACKUP_PAGE_MAX),
};

/** `GET /v1/backups`: the complete backups, oldest first [K5]. */
export const listBackups = async (c: Ctx): Promise<Response> => {
  const { application, after = 0, limit = BACKUP_PAGE_MAX } = unwrap(readQuery(c.get('search'), BACKUPS_QUERY)).values;
  const page = await callJob(c, (job) => job.backups(application, after, limit));
  return json(200, JSON.stringify(page));
};

/** `POST /v1/backups`: begins a run [K2]. */
export const startBackups = async (c: Ctx): Promise<Response> => {
  const refusal = await callJob(c, (job) => job.startBackups());
  if (refusal !== undefined) throw new ProblemError(refusal);
  return progress(c, 202);
};

/** The query of a verification. */
export const VERIFICATION_QUERY = { application: applicationParameter };

/** `POST /v1/backup-verification`: begins a verification [K6]. */
export const verifyBackups = async (c: Ctx): Promise<Response> => {
  const { application } = unwrap(readQuery(c.get('search'), VERIFICATION_QUERY)).values;
  const refusal = await callJob(c, (job) => job.verifyBackups(application));
  if (refusal !== undefined) throw new ProblemError(refusal);
  return progress(c, 202);
};

/** `GET /v1/backup-status`: how runs and verifications do [K6]. */
export const getBackupStatus = (c: Ctx): Promise<Response> => progress(c, 200);

const progress = async (c: Ctx, code: 200 | 202): Promise<Response> => {
  const status = await callJob(c, async (job) => job.backupStatus());
  if ('name' in status) throw new ProblemError(status);
  const { run = null, lastRun = null, verification = null } = status;
  return json(code, JSON.stringify({ run, lastRun, verification } satisfies BackupProgress));
};

/** `GET /v1/backups/{backup}`: the content of a backup, for an import [K5]. */
export const getBackup = async (c: Ctx): Promise<Response> => {
  const id = counterParam(c, 'backup');
  const content = await callJob(c, (job) => job.openBackup(id));
  if (content === undefined) throw new ProblemError(problem('unknown-backup', 'There is no backup of this number.'));
  return respond({ status: 200, body: content, headers: { 'Content-Type': 'application/x-ndjson' } });
};

const callJob = <T>(c: Ctx, call: Parameters<typeof callDirectory<T>>[2]): Promise<T> =>
  callDirectory(c, BACKUPS_NAME, call);
