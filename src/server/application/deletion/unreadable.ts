import { BloomFilter } from '../../../core/limits/bloom-filter.ts';
import { TOMBSTONE_MS } from '../../../protocol/limits.ts';
import { nextEpoch } from '../state/creation.ts';
import { base64Of } from '../state/forgotten-clients.ts';
import { readEpoch } from '../storage/application-row.ts';
import { compressed } from '../storage/compression.ts';
import type { Database } from '../storage/database.ts';
import { readTombstone, type StoredTombstone } from '../storage/tombstone-record.ts';

/** Earlier than every epoch. */
const NONE = '00000000';

/**
 * The tombstone of an application that this deployment cannot read: whatever is not certainly new may be a repeat [L9].
 * It errs to one side only, as others do.
 */
export const blindTombstone = (storage: DurableObjectStorage, database: Database): StoredTombstone => {
  const now = Date.now();
  const before = readTombstone(storage);
  const last = epochOf(database) ?? before?.epoch ?? nextEpoch(NONE, now);
  return {
    epoch: last,
    // Nobody was told it before: so no client has it.
    prefix: `${nextEpoch(last, now)}.0.`,
    isIncomplete: true,
    until: now + TOMBSTONE_MS,
    filter: before?.filter ?? compressed(base64Of(new BloomFilter())),
  };
};

/** What can be read of the application's row. */
const epochOf = (database: Database): string | undefined => {
  try {
    return readEpoch(database);
  } catch {
    return undefined;
  }
};
