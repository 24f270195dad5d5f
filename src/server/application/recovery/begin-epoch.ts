import { DRAIN_DELAY_MS } from '../../../protocol/limits.ts';
import type { RecoveryMark } from '../../rpc/recovery.ts';
import { type UsageSnapshot, withBudgetOf } from '../cost/usage-snapshot.ts';
import { lastAccepted } from '../storage/accepted-rows.ts';
import { dropAdmissions } from '../storage/admissions.ts';
import { readApplicationRow, updateApplicationRow } from '../storage/application-row.ts';
import type { Database } from '../storage/database.ts';
import { storeDeletedBudget } from '../storage/deleted-budget.ts';
import { renameMigrations } from '../storage/migration-rows.ts';
import { setPublic } from '../storage/public-read.ts';
import { readRetained, writeRetained } from '../storage/retained-record.ts';
import { readHeader } from '../storage/segment.ts';
import { setSegmentSpent } from '../storage/segment-spent.ts';

/** The name of an application, in the form of its own id. */
export interface Named {
  readonly owner: string;
  readonly app: string;
}

/**
 * Begins the epoch of a recovery in the database that the platform has brought back, in one transaction [L19]. Whatever
 * protects the deployment or a reader does not go back: the used budget, revoked tokens, and an application that is not
 * public. What the directory does not know yet is told by the alarm. Does nothing where the epoch has begun.
 */
export const beginEpoch = (database: Database, named: Named, mark: RecoveryMark): 'begun' | 'not-needed' =>
  database.transact(() => {
    const row = readApplicationRow(database);
    // Every epoch that the application had before the mark is earlier.
    if (row !== undefined && row.epoch >= mark.epoch) return 'not-needed';
    const { owner, app } = named;
    dropAdmissions(database);
    writeRetained(database, { owner, app, entries: [], ...readRetained(database) });
    database.setAlarm(Date.now() + DRAIN_DELAY_MS);
    if (row === undefined) {
      keepBudget(database, mark.spent);
      return 'begun';
    }
    renameMigrations(database, row.epoch, mark.epoch);
    updateApplicationRow(database, { epoch: mark.epoch, listed: 0 });
    setPublic(database, mark.isPublic);
    setSegmentSpent(database, row.segment, spentSince(spentIn(database, row.segment), mark.spent));
    return 'begun';
  });

const spentIn = (database: Database, segment: number): UsageSnapshot =>
  lastAccepted(database, segment)?.spent ?? readHeader(database, segment).spent ?? [];

/** Both are of one application: the later one counts more, unless it was deleted in between. The budget is that of now. */
const spentSince = (then: UsageSnapshot, now: UsageSnapshot): UsageSnapshot =>
  withBudgetOf(
    now.map((count, index) => Math.max(count, then[index] ?? 0)),
    now,
  );

/** There was no application then. */
const keepBudget = (database: Database, spent: UsageSnapshot): void => {
  database.usage.resume(spent);
  storeDeletedBudget(database);
  database.usage.restart();
};
