import type { Definition } from '../../../core/definition.ts';
import type { ClientCounter } from '../../../core/drain/sequence.ts';
import { Tree } from '../../../core/state/tree.ts';
import type { ApplicationId } from '../../../protocol/ids.ts';
import type { Json } from '../../../protocol/json.ts';
import { insertApplicationRow, LAYOUT } from '../storage/application-row.ts';
import { createChunks } from '../storage/chunks.ts';
import type { Database } from '../storage/database.ts';
import { createRejections } from '../storage/rejections.ts';
import { createSegments, insertSegment } from '../storage/segment.ts';

/** The first content of a new or imported application. */
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

/** Creates the tables of an application, with a new epoch. Call inside a transaction. */
export const createApplication = (database: Database, initial: InitialState): void => {
  const { application, kind, definitionVersion, user, now, version, state, clientCounters } = initial;
  // A new application has cost nothing yet. After an import the meter goes on: this call then has no effect.
  database.usage.resume([]);
  insertApplicationRow(database, {
    owner: application.owner,
    app: application.app,
    kind,
    createdAt: now,
    createdBy: user,
    epoch: newEpoch(now),
    definitionVersion,
    oldest: 1,
    segment: 1,
    listed: 0,
    attemptSeq: 0,
    attempts: 0,
    forgotten: 0,
    layout: LAYOUT,
  });
  createRejections(database);
  createChunks(database);
  createSegments(database);
  const { bytes: weight } = new Tree(JSON.parse(state) as Json);
  const base = { version, head: version, at: now, size: state.length, weight };
  insertSegment(database, 1, { base, state, clientCounters });
};

/** Time, so that epochs sort, then a random number, so that two epochs of the same millisecond differ. */
const newEpoch = (now: number): string => {
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
  return now.toString(36) + random.toString(36).padStart(7, '0');
};
