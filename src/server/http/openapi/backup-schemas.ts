import * as v from 'valibot';
import type { BackupPage, KeptBackup } from '../../../protocol/operator-answers.ts';
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
    }) satisfies v.GenericSchema<KeptBackup>,
  ),
  next: v.exactOptional(v.pipe(COUNT, v.description('`after` of the next page'))),
}) satisfies v.GenericSchema<BackupPage>;
