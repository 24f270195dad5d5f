import { countersIn, withBudgetOf } from '../cost/usage-snapshot.ts';
import { nextEpoch } from '../state/creation.ts';
import { updateApplicationRow } from '../storage/application-row.ts';
import type { Database } from '../storage/database.ts';
import { lastEpochOf } from '../storage/last-epoch.ts';
import { renameMigrations } from '../storage/migration-rows.ts';
import { setPublic } from '../storage/public-read.ts';
import { type RetainedRecord, type StoredRetained, writeRetained } from '../storage/retained-record.ts';
import { bringTablesBack } from '../storage/retained-tables.ts';
import { setSegmentSpent } from '../storage/segment-spent.ts';

/**
 * Brings a deleted application back as it was, under a new epoch [L16]: its tables get their names back, with the queue,
 * the counters of clients and the history in them. Call inside a transaction, where no application is.
 */
export const undelete = (database: Database, record: RetainedRecord, entry: StoredRetained): void => {
  const last = lastEpochOf(database) ?? '';
  const row = bringTablesBack(database, entry.epoch);
  const newest = record.entries.reduce((newer, { epoch }) => (epoch > newer ? epoch : newer), last);
  const epoch = nextEpoch(newest, Date.now());
  renameMigrations(database, row.epoch, epoch);
  updateApplicationRow(database, { epoch, listed: 0, oldest: row.oldest, segment: row.segment });
  setPublic(database, entry.isPublic);
  const counters = countersIn(entry.spent);
  const entries = record.entries.filter(({ epoch: each }) => each !== entry.epoch);
  writeRetained(database, { ...record, entries, undeleted: { epoch, counters } });
  database.usage.budget.changes.use(1, Date.now());
  setSegmentSpent(database, row.segment, withBudgetOf(entry.spent, database.usage.snapshot(1)));
};
