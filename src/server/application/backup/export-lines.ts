import type { ClientCounter } from '../../../core/drain/sequence.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import { acceptedRowsAfter } from '../storage/accepted-rows.ts';
import type { ApplicationRow } from '../storage/application-row.ts';
import { readApplicationRow } from '../storage/application-row.ts';
import { readChunks } from '../storage/chunks.ts';
import type { Database } from '../storage/database.ts';
import type { DrainRow } from '../storage/drain-rows.ts';
import { drainsAfter, lastBreak } from '../storage/drain-rows.ts';
import type { Segments } from '../storage/log.ts';
import { type MigrationRow, migrationsAfter } from '../storage/migration-rows.ts';
import { oldestNeeded } from '../storage/oldest-needed.ts';
import { type RejectionOutcome, rejectedAt, rejectionOutcomes } from '../storage/rejections.ts';
import { type Header as CheckpointHeader, logStart, readClientCounters, readHeader } from '../storage/segment.ts';
import type { AcceptedRow } from '../storage/stored-change.ts';
import { FORMAT, type HeaderV2 } from './format.ts';

/** The application as it was in one turn. Everything but the rejections is in rows that are never changed. */
export interface ExportPoint {
  readonly row: ApplicationRow;
  readonly version: number;
  readonly head: number;
  /** The segments that are exported. */
  readonly segments: Segments;
  /** The checkpoint from which patches lead to the version without a break. */
  readonly base: CheckpointHeader;
  readonly logAfter: number;
  readonly forgotten: number;
  /** Whether clients were forgotten [Q16]. */
  readonly clientsForgotten: boolean;
  readonly migrations: readonly MigrationRow[];
  readonly rejections: readonly RejectionOutcome[];
}

/** Fixes what an export will contain. Pin its segments in the same turn. */
export const exportPoint = (database: Database, { row, version, head, clientCounters }: LoadedState): ExportPoint => {
  const { segment } = row;
  const needed = { oldest: row.oldest, segment: Math.max(row.oldest, segment - 1) };
  const oldest = oldestNeeded(database, needed, version);
  const logAfter = logStart(readHeader(database, oldest));
  return {
    row,
    version,
    head,
    segments: { oldest, segment },
    base: unbrokenBase(database, { oldest, segment }),
    logAfter,
    forgotten: readApplicationRow(database)?.forgotten ?? 0,
    clientsForgotten: !clientCounters.forgotten.isEmpty,
    migrations: migrationsAfter(database, row.epoch, logAfter),
    rejections: rejectionOutcomes(database, logAfter),
  };
};

const unbrokenBase = (database: Database, { oldest, segment }: Segments): CheckpointHeader => {
  for (let each = segment; each > oldest; each -= 1) {
    const before = readHeader(database, each - 1);
    if ((lastBreak(database, each - 1) ?? 0) > before.version) return readHeader(database, each);
  }
  return readHeader(database, oldest);
};

/** The lines of an export but the last, in pieces, read from the database one by one. */
export function* exportLines(database: Database, point: ExportPoint): Generator<string> {
  yield `${JSON.stringify(headerOf(point))}\n`;
  for (const chunk of point.base.state) yield readChunks(database, [chunk]);
  yield '\n';
  for (const [client, counter] of readClientCounters(database, point.base)) yield clientLine(client, counter);
  for (const outcome of point.rejections) yield rejectionLine(database, outcome);
  for (const row of acceptedRowsAfter(database, point.segments, 0)) {
    if (row.last > point.head) break;
    yield acceptedLine(row);
  }
  for (const drain of drainsAfter(database, point.segments, 0, 1)) {
    if (drain.version > point.version) break;
    yield drainLine(drain);
  }
}

const headerOf = ({ row, base, ...point }: ExportPoint): HeaderV2 => ({
  format: FORMAT,
  formatVersion: 2,
  kind: row.kind,
  definitionVersion: row.definitionVersion,
  version: point.version,
  head: point.head,
  base: { version: base.version, head: base.head, at: base.at },
  logAfter: point.logAfter,
  forgotten: point.forgotten,
  clientsForgotten: point.clientsForgotten,
  ...(point.migrations.length === 0 ? {} : { migrations: [...point.migrations] }),
});

const clientLine = (client: string, { settled = [], ...counter }: ClientCounter): string =>
  `${JSON.stringify({ client, ...counter, settled: settled.length === 0 ? undefined : settled })}\n`;

/** Empty for a rejection that has dropped out of the list meanwhile. A change in the list never changes. */
const rejectionLine = (database: Database, { seq, status: fate, ...outcome }: RejectionOutcome): string => {
  const rejected = rejectedAt(database, seq);
  return rejected === undefined ? '' : `${JSON.stringify({ rejection: { ...rejected, ...outcome, fate } })}\n`;
};

/** The texts are JSON already. */
const acceptedLine = ({ first, last, at, senders, bodies }: AcceptedRow): string =>
  `{"accepted":{"first":${first},"last":${last},"at":${at},"senders":${senders},"bodies":${bodies}}}\n`;

const drainLine = ({ version, base, at, counts, patch, problems, weight }: DrainRow): string => {
  const rest = JSON.stringify({ problems, weight }).slice(1);
  const operations = patch === undefined ? null : `[${patch}]`;
  return `{"drain":{"version":${version},"base":${base},"at":${at},"counts":[${counts}],"patch":${operations},${rest}}\n`;
};
