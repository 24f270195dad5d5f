import { ANONYMOUS_CLIENT, parseClientId } from '../../../protocol/ids.ts';
import { LOOKBACK_CHANGES_MAX } from '../../../protocol/limits.ts';
import type { Database } from '../storage/database.ts';
import { changeReader } from '../storage/log.ts';
import type { LoggedChange } from '../storage/stored-change.ts';
import { keyCounterName, type LoadedState } from './loaded-state.ts';

/** Where an accepted change is: at a seq, never accepted, or no longer kept. */
export type Found =
  | { readonly kind: 'found'; readonly change: LoggedChange }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'expired' };

/** Finds the accepted change of a client by its n. */
export const findChange = (database: Database, loaded: LoadedState, client: string, n: number): Found => {
  if (client === ANONYMOUS_CLIENT) return findSeq(database, loaded, n);
  const mark = loaded.clientCounters.get(client);
  if (mark === undefined || n > mark.n) return { kind: 'unknown' };
  const change = findChanges(database, loaded, client, { from: n, until: n }).get(n);
  return change === undefined ? { kind: 'expired' } : { kind: 'found', change };
};

/**
 * Finds a client's changes from one n to another in a single walk back from the client's last one. Bounded: whoever
 * sends its first change again and again must not make each of them cost a walk through all of history [O2].
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

/** Finds the change that an idempotency key brought [Q8]. */
export const findKey = (database: Database, loaded: LoadedState, key: string): Found => {
  const mark = loaded.clientCounters.get(keyCounterName(key));
  return mark === undefined ? { kind: 'unknown' } : findSeq(database, loaded, mark.seq);
};

const findSeq = (database: Database, loaded: LoadedState, seq: number): Found => {
  if (seq > loaded.head) return { kind: 'unknown' };
  const change = changeReader(database, loaded.row)(seq);
  if (change === undefined) return { kind: 'expired' };
  // What came from a named client is found under that client only.
  return parseClientId(change.client) === undefined ? { kind: 'found', change } : { kind: 'unknown' };
};
