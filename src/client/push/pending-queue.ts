import type { ChangeRequest } from '../../core/inverse.ts';
import type { ProblemBody } from '../../protocol/problems.ts';
import type { Version } from '../../protocol/version.ts';
import { countOf } from './batch.ts';

/** A change or an atomic batch of this browser that the confirmed state does not contain yet. Stored under these names. */
export interface PendingChange extends ChangeRequest {
  /** Identifies it in this browser, before and after it has an `n`. */
  readonly id: string;
  /** When it was pushed, in ms since 1970. */
  readonly at: number;
  /** Its key in the store; keys rise. Absent while it is not stored: then it must not be sent. */
  readonly key?: number;
  /** Assigned and stored right before it is first sent. So with an `n` it is possibly accepted. Of a batch, its first one. */
  readonly n?: number;
  readonly accepted?: Acceptance;
  /** The etag that the state must have when it is applied [Q12]; only on a batch. */
  readonly match?: string;
  /** In place of `match`: the version up to which all is known here. It moves on with own changes that come right behind it. */
  readonly base?: Version;
  /** The server is asked what it has cost [C2]. */
  readonly cost?: boolean;
  /** The requests that it was part of; counted for a client that gives up only. */
  readonly attempts?: number;
  /** The last answer to a change that something before the server has refused again and again: it is not sent. */
  readonly held?: ProblemBody | undefined;
  /** True when the application has given up a held change: it will be removed. */
  readonly isDropped?: boolean;
  /** Present on an undo until it is known what the change that it undoes has done: until then it must not be sent. */
  readonly undoes?: Undoes;
}

/** The change that an undo undoes. */
export interface Undoes {
  readonly id: string;
  readonly change: ChangeRequest;
  /** Present when it was confirmed already. */
  readonly accepted?: Acceptance | undefined;
}

/** The place of a change in the server's queue; of a batch, that of its last change. */
export interface Acceptance {
  readonly epoch: string;
  readonly n: number;
  readonly seq: number;
}

/**
 * The pending changes of this browser, in the order in which they are applied: the accepted ones, then those that were
 * sent and not answered, then those that were never sent, which will get the numbers `next`, `next + 1` and so on.
 */
export interface PendingQueue {
  readonly client: string;
  /** The n for the next change that has none. */
  readonly next: number;
  readonly entries: readonly PendingChange[];
}

/** The end of a pending change. */
export type Settlement =
  /** The confirmed state has reached its seq: it contains the effect, unless the change was rejected. */
  | { readonly id: string; readonly kind: 'confirmed'; readonly accepted: Acceptance }
  /** Its ticket says that it was rejected. */
  | { readonly id: string; readonly kind: 'rejected'; readonly problem: ProblemBody }
  /** It was never accepted. */
  | { readonly id: string; readonly kind: 'refused'; readonly problem: ProblemBody };

/** Whether it still has to be sent, for the first time or again. */
export const isUnaccepted = ({ accepted }: PendingChange): boolean => accepted === undefined;

/** The ids of the changes that are held, and of the undos of those: what is behind them is sent. */
export const heldIds = (entries: readonly PendingChange[]): ReadonlySet<string> => {
  const held = new Set<string>();
  for (const { id, held: problem, undoes } of entries) if (problem || (undoes && held.has(undoes.id))) held.add(id);
  return held;
};

/**
 * Adds changes behind the others; those that are in the queue already get their keys, and are sorted by them. One push
 * costs a pass over the queue and no sorting: 8,000 of them are pushed offline in one turn.
 */
export const addChanges = (queue: PendingQueue, added: readonly PendingChange[]): PendingQueue => {
  const [only] = added;
  // One that is not stored yet is new, and the last.
  if (only !== undefined && added.length === 1 && only.key === undefined)
    return { ...queue, entries: [...queue.entries, only] };
  const byId = new Map(added.map((entry) => [entry.id, entry]));
  const others: PendingChange[] = [];
  for (const entry of queue.entries) {
    const update = byId.get(entry.id);
    if (update === undefined) others.push(entry);
    else byId.set(entry.id, { ...entry, ...update });
  }
  const [last, first] = [others.at(-1), added[0]];
  const entries = [...others, ...byId.values()];
  const isInOrder =
    added.length === 1 && first !== undefined && (last === undefined || comparePending(last, first) <= 0);
  return { ...queue, entries: isInOrder ? entries : sortPending(entries) };
};

/** Drops the changes that the confirmed state contains; not earlier, or their effect would disappear and come back. */
export const dropConfirmed = (
  queue: PendingQueue,
  { epoch, version }: Version,
): { readonly queue: PendingQueue; readonly settlements: readonly Settlement[] } => {
  const isConfirmed = (entry: PendingChange): entry is PendingChange & { readonly accepted: Acceptance } =>
    entry.accepted?.epoch === epoch && entry.accepted.seq <= version;
  const settlements = queue.entries
    .filter(isConfirmed)
    .map(({ id, accepted }): Settlement => ({ id, kind: 'confirmed', accepted }));
  if (settlements.length === 0) return { queue, settlements };
  return { queue: { ...queue, entries: queue.entries.filter((entry) => !isConfirmed(entry)) }, settlements };
};

/**
 * Takes the queue over into another epoch. A change that was accepted in the old one and not confirmed may be part of the
 * new one or not, so it is sent again under the same n: if it is, that is a repeat [Q3]; if not, the gap [Q2] tells the n
 * to go on from.
 *
 * If a later change was accepted in the new epoch already, the earlier ones are part of it, too: n is contiguous.
 */
export const moveToEpoch = (queue: PendingQueue, epoch: string): PendingQueue => {
  const last = queue.entries.findLastIndex(({ accepted }) => accepted?.epoch === epoch);
  const lastAccepted = queue.entries[last]?.accepted;
  const entries = queue.entries.map((entry, index): PendingChange => {
    if (entry.accepted === undefined || entry.accepted.epoch === epoch) return entry;
    if (index < last && lastAccepted !== undefined) {
      return { ...entry, accepted: { ...lastAccepted, n: entry.accepted.n } };
    }
    const { accepted, ...rest } = entry;
    return { ...rest, n: accepted.n + 1 - countOf(entry) };
  });
  return { ...queue, entries };
};

/** The accepted changes by seq, then the sent ones by n, then the stored ones by key, then the others as they were pushed. */
export const sortPending = (entries: readonly PendingChange[]): PendingChange[] => entries.toSorted(comparePending);

const comparePending = (a: PendingChange, b: PendingChange): number => rank(a) - rank(b) || rankOrder(a) - rankOrder(b);

const rank = ({ accepted, n, key }: PendingChange): number => {
  if (accepted !== undefined) return 0;
  if (n !== undefined) return 1;
  return key === undefined ? 3 : 2;
};

const rankOrder = ({ accepted, n, key }: PendingChange): number => accepted?.seq ?? n ?? key ?? 0;
