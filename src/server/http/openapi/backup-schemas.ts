import * as v from 'valibot';
import type {
  BackupPage,
  BackupRun,
  BackupVerification,
  KeptBackup,
  BackupProgress as Progress,
} from '../../../protocol/backup-answers.ts';
import { COUNT, TIME } from './change-schemas.ts';

/** A page of the scheduled backups [K5]. */
export const BackupList = v.object({
  entries: v.array(
    v.object({
      id: COUNT,
      application: v.pipe(v.string(), v.description('owner/app, the owner percent-encoded')),
      at: TIME,
      epoch: v.string(),
      version: COUNT,
      bytes: COUNT,
      sha256: v.string(),
      key: v.string(),
      finding: v.exactOptional(v.picklist(['whole', 'broken', 'missing'])),
      verifiedAt: v.exactOptional(TIME),
    }) satisfies v.GenericSchema<KeptBackup>,
  ),
  next: v.exactOptional(v.pipe(COUNT, v.description('`after` of the next page'))),
}) satisfies v.GenericSchema<BackupPage>;

const RUN = v.object({
  startedAt: TIME,
  made: COUNT,
  unchanged: COUNT,
  failed: COUNT,
}) satisfies v.GenericSchema<BackupRun>;

const VERIFICATION = v.object({
  startedAt: TIME,
  application: v.exactOptional(v.string()),
  whole: COUNT,
  broken: COUNT,
  missing: COUNT,
  isRunning: v.boolean(),
}) satisfies v.GenericSchema<BackupVerification>;

/** How the runs and verifications of backups do [K6]. */
export const BackupProgress = v.object({
  run: v.nullable(v.pipe(RUN, v.description('The one in progress'))),
  lastRun: v.nullable(RUN),
  verification: v.nullable(v.pipe(VERIFICATION, v.description('The one in progress, or the last one'))),
}) satisfies v.GenericSchema<Progress>;
