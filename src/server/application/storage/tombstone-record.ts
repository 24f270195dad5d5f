import type { Compressed } from './compression.ts';

/** What stays of a deleted application [L9]. */
export interface StoredTombstone {
  /** Its epoch: the next one of the name comes after it. Absent in one that an earlier version has written. */
  readonly epoch?: string;
  /** The start of client ids that were never accepted. */
  readonly prefix: string;
  /** Whether clients had been forgotten: then every id without the prefix may have pushed. */
  readonly isIncomplete: boolean;
  /** When it is dropped, ms since 1970. */
  readonly until: number;
  /** A filter of clients with their first change, in base64. */
  readonly filter: Compressed;
}

const KEY = 'tombstone';

/** The tombstone, beside the tables; undefined when nothing was deleted here, or long ago. */
export const readTombstone = ({ kv }: Pick<DurableObjectStorage, 'kv'>): StoredTombstone | undefined => {
  const stored = kv.get<StoredTombstone>(KEY);
  return stored === undefined || stored.until <= Date.now() ? undefined : stored;
};

/** When the tombstone is to be dropped, ms since 1970; undefined without one. */
export const tombstoneEnd = ({ kv }: DurableObjectStorage): number | undefined => kv.get<StoredTombstone>(KEY)?.until;

export const writeTombstone = ({ kv }: DurableObjectStorage, tombstone: StoredTombstone): void => {
  kv.put(KEY, tombstone);
};

export const dropTombstone = ({ kv }: DurableObjectStorage): void => {
  kv.delete(KEY);
};
