import type { PatchOperation } from '../../../protocol/patch.ts';
import type { ProblemBody } from '../../../protocol/problems.ts';
import type { UsageSnapshot } from '../cost/usage-snapshot.ts';
import { type AcceptedRowWithUsage, acceptedColumns } from './accepted-rows.ts';
import { type Compressed, compressed, textOf } from './compression.ts';
import type { Database } from './database.ts';
import type { Segments } from './log.ts';

/** One slice of a drain as it is stored. */
export interface DrainRow {
  readonly version: number;
  readonly base: number;
  readonly at: number;
  /** Number of operations of each change. */
  readonly counts: readonly number[];
  /** Operations as JSON, joined by commas, without brackets. Undefined where they did not fit into a row: history is broken there. */
  readonly patch: string | undefined;
  /** Problems of rejected changes, by seq. */
  readonly problems: Readonly<Record<string, ProblemBody>>;
  /** Bytes of the state's JSON after the slice: a cold start need not measure what it replays. */
  readonly weight: number;
}

/**
 * Inserts a slice, with what was spent and counted by then.
 *
 * @param accepted the slice's changes when they were accepted in the same turn; its time is theirs
 */
export const insertDrain = (
  database: Database,
  segment: number,
  drain: DrainRow,
  accepted?: AcceptedRowWithUsage,
): void => {
  const { version, base, at, counts, patch, problems, weight } = drain;
  const problemsText = Object.keys(problems).length === 0 ? null : compressed(JSON.stringify(problems));
  const outcome = [compressed(JSON.stringify(counts)), patch === undefined ? null : compressed(patch), problemsText];
  const columns =
    accepted === undefined ? [null, null, null, JSON.stringify(database.usage.snapshot(1))] : acceptedColumns(accepted);
  const statement = `INSERT INTO drains_${segment} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
  database.run(statement, version, base, at, ...outcome, weight, ...columns);
};

/** The head check of every read [S10] [S12]: one row. `undefined` when nothing was drained in this segment yet. */
export const lastDrained = (database: Database, segment: number): LastDrained | undefined =>
  database.first<LastDrained>(`SELECT version, at FROM drains_${segment} ORDER BY version DESC LIMIT 1`);

/** What was spent and counted by the last slice in a segment; undefined where an older deployment has written it. */
export const spentByDrains = (database: Database, segment: number): UsageSnapshot | undefined => {
  const row = database.first<{ spent: string | null }>(
    `SELECT spent FROM drains_${segment} ORDER BY version DESC LIMIT 1`,
  );
  return row === undefined || row.spent === null ? undefined : (JSON.parse(row.spent) as UsageSnapshot);
};

/** The version after a slice and the time of its commit, ms since 1970. No two epochs share both. */
interface LastDrained extends Record<string, SqlStorageValue> {
  readonly version: number;
  readonly at: number | null;
}

/**
 * Slices that end after `version`, in order.
 *
 * @param pageRows rows in memory at once
 */
export function* drainsAfter(
  database: Database,
  segments: Segments,
  version: number,
  pageRows?: number,
): Generator<DrainRow> {
  for (let segment = segments.oldest; segment <= segments.segment; segment += 1) {
    const statement = `SELECT version, base, at, counts, patch, problems, weight FROM drains_${segment}
      WHERE version > ? AND counts IS NOT NULL ORDER BY version LIMIT ?`;
    for (const row of database.each<OutcomeRow>(statement, version, (each) => each.version, pageRows))
      yield readDrain(row);
  }
}

/** The version that the last slice without a patch in a segment leads to [L8]; undefined when all have one. */
export const lastBreak = (database: Database, segment: number): number | undefined =>
  database.first<{ version: number | null }>(
    `SELECT max(version) AS version FROM drains_${segment} WHERE counts IS NOT NULL AND patch IS NULL`,
  )?.version ?? undefined;

/** The slice that contains a change; `undefined` while the change is queued. */
export const drainOf = (database: Database, segments: Segments, seq: number): DrainRow | undefined => {
  for (const drain of drainsAfter(database, segments, seq - 1)) return drain;
  return undefined;
};

/** The version that the last slice of a segment that was committed by `time` (ms since 1970) leads to. Reads all its slices. */
export const lastDrainedBy = (database: Database, segment: number, time: number): number | undefined =>
  database.first<{ version: number | null }>(
    `SELECT max(version) AS version FROM drains_${segment} WHERE counts IS NOT NULL AND at <= ?`,
    time,
  )?.version ?? undefined;

/** The operations of a stored patch. */
export const operationsIn = (patch: string): PatchOperation[] => JSON.parse(`[${patch}]`) as PatchOperation[];

interface OutcomeRow extends Record<string, SqlStorageValue> {
  readonly version: number;
  readonly base: number;
  readonly at: number;
  readonly counts: Compressed;
  readonly patch: Compressed | null;
  readonly problems: Compressed | null;
  readonly weight: number;
}

const readDrain = ({ version, base, at, counts, patch, problems, weight }: OutcomeRow): DrainRow => ({
  version,
  base,
  at,
  weight,
  counts: JSON.parse(textOf(counts)) as number[],
  patch: patch === null ? undefined : textOf(patch),
  problems: problems === null ? {} : (JSON.parse(textOf(problems)) as Record<string, ProblemBody>),
});
