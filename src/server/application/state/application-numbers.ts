import { gaugesOf, type Numbers } from '../../rpc/numbers.ts';
import type { Database } from '../storage/database.ts';
import type { LoadedState } from './loaded-state.ts';

/** How many readers there are at this moment. */
export interface Readers {
  readonly streams: number;
  readonly sockets: number;
  /** Requests that wait. */
  readonly waiting: number;
}

/** What the application tells the operator by way of its directory [G1]. */
export const numbersOf = (database: Database, loaded: LoadedState, readers: Readers): Numbers => {
  const { version, head, waitingSince, blockedBy } = loaded;
  const held = blockedBy === undefined ? 0 : 1;
  return {
    counters: database.usage.counters,
    gauges: gaugesOf({ ...readers, queue: head - version, storedBytes: database.bytes, held, applications: 1 }),
    waitingSince: head === version ? null : waitingSince,
  };
};
