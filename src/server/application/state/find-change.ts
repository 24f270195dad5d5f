import type { ClientCounter } from '../../../core/drain/sequence.ts';
import { ANONYMOUS_CLIENT, parseClientId } from '../../../protocol/ids.ts';
import { LOOKBACK_CHANGES_MAX, SKIP_CHANGES } from '../../../protocol/limits.ts';
import { changeReader } from '../storage/accepted-rows.ts';
import type { Database } from '../storage/database.ts';
import type { LoggedChange } from '../storage/stored-change.ts';
import { keyCounterName } from './client-counters.ts';
import type { LoadedState } from './loaded-state.ts';

/** Result of a search: the change, `unknown` when it was never accepted, `expired` when it is no longer kept. */
export type FindResult =
  | { readonly kind: 'found'; readonly change: LoggedChange }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'expired' };

/** Finds the accepted change of a client by its n. */
export const findChange = (database: Database, loaded: LoadedState, client: string, n: number): FindResult => {
  if (client === ANONYMOUS_CLIENT) return findSeq(database, loaded, n);
  const counter = loaded.clientCounters.get(client);
  if (loaded.clientCounters.isForgotten(client, n)) return { kind: 'expired' };
  if (counter === undefined || n > counter.n) return { kind: 'unknown' };
  const change = findChanges(database, loaded, client, { from: n, until: n }).get(n);
  return change === undefined ? { kind: 'expired' } : { kind: 'found', change };
};

/**
 * Finds a client's changes from one n to another in one walk back from the client's last change. The walk is bounded
 * [O2]: otherwise a client that repeats its first change would make each repeat read the whole history. Down to `until` it
 * skips from one change to the next that has `skip`; changes of earlier deployments have none and are passed one by one.
 */
export const findChanges = (
  database: Database,
  loaded: LoadedState,
  client: string,
  { from, until }: { readonly from: number; readonly until: number },
): ReadonlyMap<number, LoggedChange> => {
  const found = new Map<number, LoggedChange>();
  const counter = loaded.clientCounters.get(client);
  if (counter === undefined || until <= counter.n - LOOKBACK_CHANGES_MAX) return found;
  const read = changeReader(database, loaded.row);
  const oldest = Math.max(from, counter.n - LOOKBACK_CHANGES_MAX + 1);
  let seq: number | undefined = firstStep(counter, until);
  for (let steps = 0; seq !== undefined && steps < LOOKBACK_CHANGES_MAX; steps += 1) {
    const change = read(seq);
    if (change === undefined || change.client !== client || change.n < oldest) break;
    if (change.n <= until) found.set(change.n, change);
    seq = nextStep(change, until);
  }
  return found;
};

const firstStep = ({ n, seq, skip }: ClientCounter, until: number): number =>
  skip !== undefined && n - (n % SKIP_CHANGES) >= until ? skip : seq;

const nextStep = ({ n, previous, skip }: LoggedChange, until: number): number | undefined =>
  skip !== undefined && n - SKIP_CHANGES >= until ? skip : previous;

/** Finds the change that was pushed with an idempotency key [Q8]. */
export const findKey = (database: Database, loaded: LoadedState, key: string): FindResult => {
  const counter = loaded.clientCounters.get(keyCounterName(key));
  return counter === undefined ? { kind: 'unknown' } : findSeq(database, loaded, counter.seq);
};

const findSeq = (database: Database, loaded: LoadedState, seq: number): FindResult => {
  if (seq > loaded.head) return { kind: 'unknown' };
  const change = changeReader(database, loaded.row)(seq);
  if (change === undefined) return { kind: 'expired' };
  // The reserved client `~` finds anonymous changes only, not those of named clients [Q8].
  return parseClientId(change.client) === undefined ? { kind: 'found', change } : { kind: 'unknown' };
};
