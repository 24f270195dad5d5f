import { LAG_REPORTED_MS } from '../../../protocol/operating-limits.ts';
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

/** What the application tells the operator by way of its directory [G1]. @param now ms since 1970 */
export const numbersOf = (database: Database, loaded: LoadedState, readers: Readers, now: number): Numbers => {
  const { version, head, waitingSince, blockedBy } = loaded;
  const held = blockedBy === undefined ? 0 : 1;
  // What is told is believed until the next report: a queue in the middle of a drain would seem to wait for minutes.
  const isWaiting = head > version && now - waitingSince >= LAG_REPORTED_MS;
  const queue = isWaiting ? head - version : 0;
  return {
    counters: database.usage.counters,
    gauges: gaugesOf({ ...readers, queue, storedBytes: database.bytes, held, applications: 1 }),
    waitingSince: isWaiting ? waitingSince : null,
  };
};
