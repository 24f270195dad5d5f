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

/** What may hold an entry without keeping it in memory. */
type Reference = Pick<WeakRef<LedgerEntry>, 'deref'>;

/** How entries are held: before compatibility date 2025-05-05 the runtime has no weak references. */
type Holding = 'weak' | 'strong';

/** Held strongly, a state that nobody uses is let go after this: its object may have been evicted. */
const STRONG_IDLE_MS = 60_000;

/**
 * The states that the objects of one isolate have loaded: they share its 128 MB, and the platform ends all of them when
 * one takes too much [B3]. Weak references: an object that was evicted does not sign off.
 */
export class StateLedger {
  readonly #entries = new Set<Reference>();
  readonly #holding: Holding;

  constructor(holding: Holding = typeof WeakRef === 'undefined' ? 'strong' : 'weak') {
    this.#holding = holding;
  }

  /** Call once for each object. */
  add(entry: LedgerEntry): void {
    if (this.#holding === 'weak') this.#entries.add(new WeakRef(entry));
    // As long as its state is loaded; `makeRoom` adds it again with the next one.
    else this.#entries.add({ deref: () => (entry.bytes > 0 ? entry : undefined) });
  }

  /**
   * Makes room for a state that was just loaded: lets idle states go, the least recently used first.
   *
   * @throws ProblemError `unavailable` when the others are all in use
   */
  makeRoom(entry: LedgerEntry, bytes: number, now: number): void {
    const others = this.#others(entry);
    if (this.#holding === 'strong') this.#holdStrongly(entry, others, now);
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

  #holdStrongly(entry: LedgerEntry, others: readonly LedgerEntry[], now: number): void {
    this.add(entry);
    for (const other of others) if (now - other.usedAt > STRONG_IDLE_MS) other.invalidate();
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
