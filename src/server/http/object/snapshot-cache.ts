import { SNAPSHOTS_LENGTH_MAX } from '../../../protocol/limits.ts';
import type { Position } from '../../../protocol/position.ts';
import type { Version } from '../../../protocol/version.ts';
import type { ReadAnswer, ReadMessage } from '../../rpc/messages.ts';

/** Everything this isolate has heard about one version of an application's state. */
interface Snapshot {
  readonly version: Version;
  readonly position: Position;
  /** When this was surely the newest version, ms since 1970. */
  at: number;
  /** By the version they start from; the whole state starts from none. */
  readonly bodies: Map<number | 'nothing', ReadAnswer & { readonly kind: 'state' | 'patch' }>;
  length: number;
}

/** The applications heard of last, longest unheard first. Plain data: nothing in here belongs to a request. */
const snapshots = new Map<string, Snapshot>();
let length = 0;

/**
 * What an authorized reader may be told without asking the application [S13].
 *
 * @param since the oldest moment that will do, ms since 1970
 * @returns undefined when the application must be asked
 */
export const getSnapshot = (application: string, message: ReadMessage, since: number): ReadAnswer | undefined => {
  const snapshot = snapshots.get(application);
  if (snapshot === undefined || snapshot.at < since || !isAboutNow(message)) return undefined;
  const { version, position, bodies } = snapshot;
  const known = message.known === '*' ? [version] : message.known;
  const newest = known.reduce((last, each) => Math.max(last, each.version), 0);
  // Nobody is taken back behind what he knows, nor behind what he asks for [S10].
  if (Math.max(newest, message.minVersion ?? 0) > version.version) return undefined;
  if (known.some(({ epoch }) => epoch !== version.epoch)) return undefined;
  if (known.some((each) => each.version === version.version)) return { kind: 'unchanged', version, position };
  return bodies.get(message.delta === 'none' || known.length === 0 ? 'nothing' : newest);
};

/** @param asked when the application was asked: its answer was true at some later moment */
export const putSnapshot = (application: string, message: ReadMessage, answer: ReadAnswer, asked: number): void => {
  if (answer.kind === 'refused' || !isAboutNow(message)) return;
  const snapshot = snapshotOf(application, answer);
  if (snapshot === undefined) return;
  snapshot.at = Math.max(snapshot.at, asked);
  if (answer.kind === 'unchanged') return;
  const from = answer.kind === 'patch' ? answer.base.version : 'nothing';
  if (snapshot.bodies.has(from)) return;
  snapshot.bodies.set(from, answer);
  snapshot.length += answer.body.length;
  length += answer.body.length;
  evict();
};

/** A part, the past and a reader who waits are the application's own business. */
const isAboutNow = ({ path, at, wait, drain }: ReadMessage): boolean =>
  path === undefined && at === undefined && wait === undefined && drain === 'no';

/** The snapshot this answer belongs to; undefined when a newer version has been heard of meanwhile. */
const snapshotOf = (
  application: string,
  { version, position }: Exclude<ReadAnswer, { readonly kind: 'refused' }>,
): Snapshot | undefined => {
  const known = snapshots.get(application);
  const isSameEpoch = known?.version.epoch === version.epoch;
  if (known !== undefined && isSameEpoch && known.version.version >= version.version)
    return known.version.version === version.version ? known : undefined;
  removeSnapshot(application);
  const snapshot: Snapshot = { version, position, at: 0, bodies: new Map(), length: 0 };
  snapshots.set(application, snapshot);
  return snapshot;
};

const removeSnapshot = (application: string): void => {
  length -= snapshots.get(application)?.length ?? 0;
  snapshots.delete(application);
};

/** Also bounds the number of applications: each counts as if it had a body of some size. */
const evict = (): void => {
  for (const application of snapshots.keys()) {
    if (length + snapshots.size * SNAPSHOT_LENGTH_LEAST <= SNAPSHOTS_LENGTH_MAX) return;
    removeSnapshot(application);
  }
};

/** What a snapshot without a body takes, about. */
const SNAPSHOT_LENGTH_LEAST = 1_024;
