import type { RetainedEntry, RetainedReport } from '../../rpc/retained.ts';
import type { UsageSnapshot } from '../cost/usage-snapshot.ts';
import type { Database } from './database.ts';

/** A deleted application of this name that is kept for some time [L16]. Its tables are beside those of a living one. */
export interface StoredRetained extends RetainedEntry {
  /** Whether everybody could read it. */
  readonly isPublic: boolean;
  /** Its cost when it was deleted. */
  readonly spent: UsageSnapshot;
}

/** What the object keeps of deleted applications, beside the tables. */
export interface RetainedRecord {
  readonly owner: string;
  readonly app: string;
  /** Higher with every change of `entries`; a time, so that it also is after the record was dropped. */
  readonly revision: number;
  /** The revision that the owner's directory has. */
  readonly reported: number;
  /** Oldest first. */
  readonly entries: readonly StoredRetained[];
  /** The living application, if it was undeleted and the directory does not know it yet, and what it had counted before. */
  readonly undeleted?: { readonly epoch: string; readonly counters: readonly number[] } | undefined;
}

const KEY = 'retained';

/** Undefined where nothing is retained, and nothing is to be told of it. */
export const readRetained = ({ kv }: Pick<Database, 'kv'>): RetainedRecord | undefined => kv.get<RetainedRecord>(KEY);

/** Writes the deleted applications that are kept from now on. */
export const writeRetained = (
  { kv }: Pick<Database, 'kv'>,
  record: Omit<RetainedRecord, 'revision' | 'reported'> & Partial<RetainedRecord>,
): void => {
  const { revision = 0, reported = 0 } = record;
  kv.put<RetainedRecord>(KEY, { ...record, reported, revision: Math.max(Date.now(), revision + 1) });
};

/** Notes what the directory was told. Drops a record that nobody needs any more. */
export const noteReported = (
  database: Pick<Database, 'kv'>,
  reported: { readonly revision?: number; readonly epoch?: string },
): void => {
  const record = readRetained(database);
  if (record === undefined) return;
  const isKnown = reported.epoch !== undefined && reported.epoch === record.undeleted?.epoch;
  const next = {
    ...record,
    reported: reported.revision ?? record.reported,
    undeleted: isKnown ? undefined : record.undeleted,
  };
  const isDone = next.entries.length === 0 && next.reported === next.revision && next.undeleted === undefined;
  if (isDone) database.kv.delete(KEY);
  else database.kv.put<RetainedRecord>(KEY, next);
};

/** What the directory has to know; undefined when it knows. */
export const retainedReport = (record: RetainedRecord | undefined): RetainedReport | undefined => {
  if (record === undefined || record.reported === record.revision) return undefined;
  const entries = record.entries.map(({ epoch, kind, deletedAt, until, bytes }) => ({
    ...{ epoch, kind, deletedAt, until, bytes },
  }));
  return { revision: record.revision, entries };
};
