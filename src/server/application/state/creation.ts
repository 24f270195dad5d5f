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

/** What a new or imported application begins with. */
export interface InitialState {
  readonly application: ApplicationId;
  readonly kind: string;
  readonly definitionVersion: number;
  readonly user: string;
  readonly now: number;
  readonly version: number;
  /** The state's JSON text. */
  readonly state: string;
  readonly clientCounters: ReadonlyMap<string, ClientCounter>;
}

export const initialStateOf = (
  definition: Definition,
  who: Pick<InitialState, 'application' | 'user' | 'now'>,
): InitialState => ({
  ...who,
  kind: definition.name,
  definitionVersion: definition.version,
  version: 0,
  state: JSON.stringify(definition.initial()),
  clientCounters: new Map(),
});

/** Writes the tables of an application that does not exist, under an epoch of its own. Call inside a transaction. */
export const createApplication = (database: Database, initial: InitialState): void => {
  const { application, kind, definitionVersion, user, now, version, state, clientCounters } = initial;
  // Nothing was spent before a creation; an import goes on with what was.
  database.usage.resume([]);
  insertApplicationRow(database, {
    ...{ owner: application.owner, app: application.app, kind, definitionVersion },
    ...{ createdAt: now, createdBy: user, epoch: newEpoch(now), listed: 0 },
    ...{ oldest: 1, segment: 1, attemptSeq: 0, attempts: 0, forgotten: 0, layout: LAYOUT },
  });
  createRejections(database);
  createChunks(database);
  createSegments(database);
  const { bytes: weight } = new Tree(JSON.parse(state) as Json);
  const base = { version, head: version, at: now, size: state.length, weight };
  insertSegment(database, 1, { base, state, clientCounters });
};

/** Time first, so that epochs sort; chance behind it, so that no clock can make two alike. */
const newEpoch = (now: number): string => {
  const [chance = 0] = crypto.getRandomValues(new Uint32Array(1));
  return now.toString(36) + chance.toString(36).padStart(7, '0');
};
