import type { UsageSnapshot } from '../cost/usage-snapshot.ts';
import { lastAccepted, setSpent } from './accepted-rows.ts';
import { compressed } from './compression.ts';
import type { Database } from './database.ts';
import { readHeader } from './segment.ts';

/** Sets the cost that a segment tells: in the row that was accepted last or, without one, in its header. */
export const setSegmentSpent = (database: Database, segment: number, spent: UsageSnapshot): void => {
  const accepted = lastAccepted(database, segment);
  if (accepted === undefined) {
    const header = compressed(JSON.stringify({ ...readHeader(database, segment), spent }));
    database.run('UPDATE segments SET header = ? WHERE segment = ?', header, segment);
    return;
  }
  setSpent(database, segment, accepted.last, spent);
  const applied = `UPDATE drains_${segment} SET spent = ? WHERE version = ? AND bodies IS NOT NULL`;
  database.run(applied, JSON.stringify(spent), accepted.last);
};
