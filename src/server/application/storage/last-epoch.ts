import { readApplicationRow } from './application-row.ts';
import type { Database } from './database.ts';
import { readTombstone } from './tombstone-record.ts';

/**
 * The newest epoch that a name has had: that of the application, or of the one that was deleted last. The next one must
 * come after it whatever the clock says, as the directory tells old news from new by their epochs [L4].
 */
export const lastEpochOf = (database: Database): string | undefined =>
  readApplicationRow(database)?.epoch ?? readTombstone(database)?.epoch;
