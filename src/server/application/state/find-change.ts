import { ANONYMOUS_CLIENT, parseClientId } from '../../../protocol/ids.ts';
import { LOOKBACK_CHANGES_MAX } from '../../../protocol/limits.ts';
import type { Database } from '../storage/database.ts';
import { changeReader } from '../storage/log.ts';
import type { LoggedChange } from '../storage/stored-change.ts';
import { keyName, type Memory } from './loaded-state.ts';

/** Where an accepted change is: at a seq, never accepted, or no longer kept. */
export type Found =
  | { readonly kind: 'found'; readonly change: LoggedChange }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'expired' };

/** Finds the accepted change of a client by its n. */
export const findChange = (database: Database, memory: Memory, client: string, n: number): Found => {
  if (client === ANONYMOUS_CLIENT) return findSeq(database, memory, n);
  const mark = memory.marks.get(client);
  if (mark === undefined || n > mark.n) return { kind: 'unknown' };
  const change = findChanges(database, memory, client, { from: n, until: n }).get(n);
  return change === undefined ? { kind: 'expired' } : { kind: 'found', change };
};

/**
 * Finds a client's changes from one n to another in a single walk back from the client's last one. Bounded: whoever
 * sends its first change again and again must not make each of them cost a walk through all of history [O2].
 */
export const findChanges = (
  database: Database,
  memory: Memory,
  client: string,
  { from, until }: { readonly from: number; readonly until: number },
): ReadonlyMap<number, LoggedChange> => {
  const read = changeReader(database, memory.row);
  const found = new Map<number, LoggedChange>();
  let seq = memory.marks.get(client)?.seq;
  for (let hops = 0; seq !== undefined && hops < LOOKBACK_CHANGES_MAX; hops += 1) {
    const change = read(seq);
    if (change === undefined || change.client !== client || change.n < from) break;
    if (change.n <= until) found.set(change.n, change);
    seq = change.previous;
  }
  return found;
};

/** Finds the change that an idempotency key brought [Q8]. */
export const findKey = (database: Database, memory: Memory, key: string): Found => {
  const mark = memory.marks.get(keyName(key));
  return mark === undefined ? { kind: 'unknown' } : findSeq(database, memory, mark.seq);
};

const findSeq = (database: Database, memory: Memory, seq: number): Found => {
  if (seq > memory.head) return { kind: 'unknown' };
  const change = changeReader(database, memory.row)(seq);
  if (change === undefined) return { kind: 'expired' };
  // What came from a named client is found under that client only.
  return parseClientId(change.client) === undefined ? { kind: 'found', change } : { kind: 'unknown' };
};
