import { throwProblem } from '../../../core/json/problem-error.ts';
import { STATE_IDLE_MS, STATES_BYTES_MAX } from '../../../protocol/limits.ts';

/** A state in memory, as the ledger sees it. */
export interface LedgerEntry {
  /** Bytes of the state's JSON now; 0 when none is loaded. */
  readonly bytes: number;
  /** Time of the last use, ms since 1970. */
  readonly usedAt: number;
  /** Lets the state go: the next use loads it again. */
  invalidate(): void;
}

/**
 * The states that the objects of one isolate have loaded: they share its 128 MB, and the platform ends all of them when
 * one takes too much [B3]. Weak references: an object that was evicted does not sign off.
 */
export class StateLedger {
  readonly #entries = new Set<WeakRef<LedgerEntry>>();

  /** Call once for each object. */
  add(entry: LedgerEntry): void {
    this.#entries.add(new WeakRef(entry));
  }

  /**
   * Makes room for a state that was just loaded: lets idle states go, the least recently used first.
   *
   * @throws ProblemError `unavailable` when the others are all in use
   */
  makeRoom(entry: LedgerEntry, bytes: number, now: number): void {
    const others = this.#others(entry);
    let excess = bytes - STATES_BYTES_MAX;
    for (const other of others) excess += other.bytes;
    for (const other of others.sort((one, another) => one.usedAt - another.usedAt)) {
      if (excess <= 0) return;
      if (now - other.usedAt < STATE_IDLE_MS)
        throwProblem('unavailable', 'Other applications take the memory of this server.', { retryAfter: 5 });
      excess -= other.bytes;
      other.invalidate();
    }
  }

  /** The loaded states of other objects. Forgets objects that are gone. */
  #others(entry: LedgerEntry): LedgerEntry[] {
    const others: LedgerEntry[] = [];
    for (const reference of this.#entries) {
      const other = reference.deref();
      if (other === undefined) this.#entries.delete(reference);
      else if (other !== entry && other.bytes > 0) others.push(other);
    }
    return others;
  }
}

/** The ledger of this isolate. Plain data: nothing in it belongs to a request. */
export const stateLedger = new StateLedger();
