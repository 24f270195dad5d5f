import { heapBytes } from '../../../core/limits/heap-bytes.ts';
import { LruCache } from '../../../core/limits/lru-cache.ts';
import { SNAPSHOTS_BYTES_MAX } from '../../../protocol/limits.ts';
import type { Position } from '../../../protocol/position.ts';
import type { Version } from '../../../protocol/version.ts';
import type { ReadAnswer, ReadMessage, SenderArguments } from '../../rpc/messages.ts';

/** The answers that this isolate has got about one version of an application's state. */
interface Snapshot {
  readonly version: Version;
  readonly position: Position;
  /** The last time that this was surely the newest version, ms since 1970. */
  confirmedAt: number;
  /** The application's generation at `confirmedAt`. */
  generation: number;
  /** By the version that a patch starts from; `nothing` for the whole state. */
  readonly bodies: Map<number | 'nothing', ReadAnswer & { readonly kind: 'state' | 'patch' }>;
  /** Bytes that all bodies take in memory. */
  bytes: number;
}

/** By application, the least recently stored first. Plain data: nothing in here belongs to a request. */
const snapshots = new Map<string, Snapshot>();
let totalBytes = 0;

/** A reader of an application, `owner/app`. */
interface Reader {
  readonly application: string;
  readonly sender: SenderArguments;
}

/** The generation in which an application has let a reader in. Some MB: it is bounded by the number of readers. */
const admitted = new LruCache<string, number>(5_000);

const readerKey = ({ application, sender: [user = '', pass = ''] }: Reader): string => `${application} ${pass} ${user}`;

/**
 * Answers an authorized reader from this isolate, without a call of the application [S13]. Only a token that the
 * application has let in, and has not revoked since: it was asked within the last second, by whomever [A13].
 *
 * @param since the answer must have been true at this time or later, ms since 1970
 * @returns undefined when the application must be called
 */
export const getSnapshot = (reader: Reader, message: ReadMessage, since: number): ReadAnswer | undefined => {
  const snapshot = snapshots.get(reader.application);
  if (snapshot === undefined || snapshot.confirmedAt < since || !isCacheable(message)) return undefined;
  if (snapshot.confirmedAt < Date.now() - REVOCATION_SEEN_MS) return undefined;
  if (admitted.get(readerKey(reader)) !== snapshot.generation) return undefined;
  const { version, position, bodies } = snapshot;
  const known = message.known === '*' ? [version] : message.known;
  const newest = known.reduce((last, each) => Math.max(last, each.version), 0);
  // No reader goes back behind a version that it has, or that it asks for [S10].
  if (Math.max(newest, message.minVersion ?? 0) > version.version) return undefined;
  if (known.some(({ epoch }) => epoch !== version.epoch)) return undefined;
  if (known.some((each) => each.version === version.version)) return { kind: 'unchanged', version, position };
  return bodies.get(message.delta === 'none' || known.length === 0 ? 'nothing' : newest);
};

/** @param calledAt the time of the call, ms since 1970: the answer was true at that time or later */
export const putSnapshot = (reader: Reader, message: ReadMessage, answer: ReadAnswer, calledAt: number): void => {
  if (answer.kind === 'refused' || !isCacheable(message)) return;
  const snapshot = snapshotOf(reader.application, answer);
  if (snapshot === undefined) return;
  const { generation = 0 } = answer;
  if (calledAt >= snapshot.confirmedAt) {
    snapshot.confirmedAt = calledAt;
    snapshot.generation = generation;
  }
  admitted.set(readerKey(reader), generation);
  if (answer.kind === 'unchanged') return;
  const from = answer.kind === 'patch' ? answer.base.version : 'nothing';
  if (snapshot.bodies.has(from)) return;
  snapshot.bodies.set(from, answer);
  const bytes = heapBytes(answer.body);
  snapshot.bytes += bytes;
  totalBytes += bytes;
  evict();
};

/** Reads of a part or of the past, and reads that wait or drain, always go to the application. */
const isCacheable = ({ path, at, wait, drain }: ReadMessage): boolean =>
  path === undefined && at === undefined && wait === undefined && drain === 'no';

/** The snapshot that an answer belongs to; undefined when a newer version was stored meanwhile. */
const snapshotOf = (
  application: string,
  { version, position }: Exclude<ReadAnswer, { readonly kind: 'refused' }>,
): Snapshot | undefined => {
  const stored = snapshots.get(application);
  const isSameEpoch = stored?.version.epoch === version.epoch;
  if (stored !== undefined && isSameEpoch && stored.version.version >= version.version)
    return stored.version.version === version.version ? stored : undefined;
  removeSnapshot(application);
  const snapshot: Snapshot = { version, position, confirmedAt: 0, generation: 0, bodies: new Map(), bytes: 0 };
  snapshots.set(application, snapshot);
  return snapshot;
};

const removeSnapshot = (application: string): void => {
  totalBytes -= snapshots.get(application)?.bytes ?? 0;
  snapshots.delete(application);
};

/** Removes the oldest snapshots. It also bounds their number, as each counts with a minimum size. */
const evict = (): void => {
  for (const application of snapshots.keys()) {
    if (totalBytes + snapshots.size * SNAPSHOT_BYTES_MIN <= SNAPSHOTS_BYTES_MAX) return;
    removeSnapshot(application);
  }
};

/** A revocation takes effect within this time [A13]. */
const REVOCATION_SEEN_MS = 1_000;

/** About the size of a snapshot without a body, in bytes. */
const SNAPSHOT_BYTES_MIN = 1_024;
