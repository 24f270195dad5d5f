import type { Definition } from '../../../core/definition.ts';
import type { ClientCounter } from '../../../core/drain/sequence.ts';
import { Tree } from '../../../core/state/tree.ts';
import type { ApplicationId } from '../../../protocol/ids.ts';
import type { Json } from '../../../protocol/json.ts';
import { type ApplicationRow, insertApplicationRow, LAYOUT } from '../storage/application-row.ts';
import { createChunks } from '../storage/chunks.ts';
import type { Database } from '../storage/database.ts';
import { lastEpochOf } from '../storage/last-epoch.ts';
import { createRejections } from '../storage/rejections.ts';
import { createSegments, insertSegment } from '../storage/segment.ts';

/** The first content of a new application. */
export interface InitialState {
  readonly application: ApplicationId;
  readonly kind: string;
  readonly definitionVersion: number;
  readonly user: string;
  readonly now: number;
  readonly version: number;
  /** The state's JSON text. */
  readonly state: string;
  readonly clientCounters: Iterable<readonly [string, ClientCounter]>;
}

export const initialStateOf = (
  definition: Definition,
  creation: Pick<InitialState, 'application' | 'user' | 'now'>,
): InitialState => ({
  ...creation,
  kind: definition.name,
  definitionVersion: definition.version,
  version: 0,
  state: JSON.stringify(definition.initial()),
  clientCounters: [],
});

/** The facts about a new application that its row needs. */
export type Creation = Pick<InitialState, 'application' | 'kind' | 'definitionVersion' | 'user' | 'now'>;

/**
 * The row of an application that begins now, with a new epoch and one segment.
 *
 * @param before the newest epoch that the name has had, as far as it is known
 */
export const newApplicationRow = (
  { application, kind, definitionVersion, user, now }: Creation,
  before: string | undefined,
): ApplicationRow => ({
  owner: application.owner,
  app: application.app,
  kind,
  createdAt: now,
  createdBy: user,
  epoch: before === undefined ? newEpoch(now) : nextEpoch(before, now),
  definitionVersion,
  oldest: 1,
  segment: 1,
  listed: 0,
  attemptSeq: 0,
  attempts: 0,
  forgotten: 0,
  layout: LAYOUT,
});

/** Creates the tables of an application, with a new epoch. Call inside a transaction. */
export const createApplication = (database: Database, initial: InitialState): void => {
  const { now, version, state, clientCounters } = initial;
  // A new application has cost nothing yet.
  database.usage.resume([]);
  insertApplicationRow(database, newApplicationRow(initial, lastEpochOf(database)));
  createRejections(database);
  createChunks(database);
  createSegments(database);
  const { bytes: weight } = new Tree(JSON.parse(state) as Json);
  const base = { version, head: version, at: now, size: state.length, weight };
  insertSegment(database, 1, { base, state, clientCounters });
};

const RANDOM_LENGTH = 7;

/** Time, so that epochs sort, then a random number, so that two epochs of the same millisecond differ. */
const newEpoch = (now: number): string => {
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
  return now.toString(36) + random.toString(36).padStart(RANDOM_LENGTH, '0');
};

/** The epoch of the same application that comes after another one, also where the clock does not say so. */
export const nextEpoch = (epoch: string, now: number): string => newEpoch(Math.max(now, epochTime(epoch) + 1));

/** The beginning of an epoch, ms since 1970. */
export const epochTime = (epoch: string): number => Number.parseInt(epoch.slice(0, -RANDOM_LENGTH), 36);
