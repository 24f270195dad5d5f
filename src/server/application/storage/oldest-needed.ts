import { lastAccepted } from './accepted-rows.ts';
import type { Database } from './database.ts';
import type { Segments } from './log.ts';

/**
 * The oldest segment that history needs, at most `segment`: all segments before it hold only changes that were applied to
 * the state of this version.
 */
export const oldestNeeded = (database: Database, { oldest, segment }: Segments, version: number): number => {
  let needed = oldest;
  while (needed < segment && (lastAccepted(database, needed)?.last ?? 0) <= version) needed += 1;
  return needed;
};
