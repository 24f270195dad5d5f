import { ANONYMOUS_CLIENT, parseClientId } from '../../../protocol/ids.ts';
import { LOOKBACK_CHANGES_MAX } from '../../../protocol/limits.ts';
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
 * [O2]: otherwise a client that repeats its first change would make each repeat read the whole history.
 */
export const findChanges = (
  database: Database,
  loaded: LoadedState,
  client: string,
  { from, until }: { readonly from: number; readonly until: number },
): ReadonlyMap<number, LoggedChange> => {
  const read = changeReader(database, loaded.row);
  const found = new Map<number, LoggedChange>();
  let seq = loaded.clientCounters.get(client)?.seq;
  for (let hops = 0; seq !== undefined && hops < LOOKBACK_CHANGES_MAX; hops += 1) {
    const change = read(seq);
    if (change === undefined || change.client !== client || change.n < from) break;
    if (change.n <= until) found.set(change.n, change);
    seq = change.previous;
  }
  return found;
};

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
