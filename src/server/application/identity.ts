import { ANONYMOUS_CLIENT, parseClientId } from '../../protocol/ids.ts';
import { keyName, type Memory } from './memory.ts';
import type { Database } from './storage/database.ts';
import { changeAt, type LoggedChange } from './storage/log.ts';

/** Where an accepted change is: at a seq, never accepted, or no longer kept. */
export type Found =
  | { readonly kind: 'found'; readonly change: LoggedChange }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'expired' };

/** Finds the accepted change of a client by its n, walking back from the client's last one. */
export const findChange = (database: Database, memory: Memory, client: string, n: number): Found => {
  if (client === ANONYMOUS_CLIENT) return findSeq(database, memory, n);
  const mark = memory.marks.get(client);
  if (mark === undefined || n > mark.n) return { kind: 'unknown' };
  let seq: number | undefined = mark.seq;
  while (seq !== undefined) {
    const change = changeAt(database, memory.row, seq);
    if (change === undefined) return { kind: 'expired' };
    if (change.n === n && change.client === client) return { kind: 'found', change };
    seq = change.previous;
  }
  return { kind: 'expired' };
};

/** Finds the change that an idempotency key brought [Q8]. */
export const findKey = (database: Database, memory: Memory, key: string): Found => {
  const mark = memory.marks.get(keyName(key));
  return mark === undefined ? { kind: 'unknown' } : findSeq(database, memory, mark.seq);
};

const findSeq = (database: Database, memory: Memory, seq: number): Found => {
  if (seq > memory.head) return { kind: 'unknown' };
  const change = changeAt(database, memory.row, seq);
  if (change === undefined) return { kind: 'expired' };
  // What came from a named client is found under that client only.
  return parseClientId(change.client) === undefined ? { kind: 'found', change } : { kind: 'unknown' };
};
