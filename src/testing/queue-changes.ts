import type { QueuedChange } from '../core/drain/reduce.ts';
import type { Json } from '../protocol/json.ts';
import type { AnyChange, Sender } from './test-change.ts';

/** 1 January 2026, 00:00 UTC: tests give the same on every day. */
export const NOW: number = Date.UTC(2026, 0, 1);

/** Gives changes their place in the order: seq, n of their client, and a time that never goes back [D9]. */
export class ChangeOrder {
  readonly #defaults: Sender;
  readonly #counters = new Map<string, number>();
  #seq: number;
  #now: number;

  /** @param version the seq of the change before the first */
  constructor(version: number, defaults: Sender) {
    this.#seq = version;
    this.#defaults = defaults;
    this.#now = timeOf(defaults.now ?? NOW);
  }

  /** @throws RangeError when the time is before that of an earlier change, or is none */
  queue({ name, user, client, now, role, claims }: AnyChange, args: Json): QueuedChange {
    const { user: defaultUser = 'alice', client: defaultClient = 'client-1', ...defaults } = this.#defaults;
    const sender = client ?? defaultClient;
    const n = (this.#counters.get(sender) ?? 0) + 1;
    const at = timeOf(now ?? this.#now);
    if (at < this.#now) {
      throw new RangeError(
        `${name}: now is ${at}, and ${this.#now} has passed. The time of acceptance never goes back.`,
      );
    }
    this.#now = at;
    this.#seq += 1;
    this.#counters.set(sender, n);
    const rights = { role: role ?? defaults.role, claims: claims ?? defaults.claims };
    return { seq: this.#seq, client: sender, n, user: user ?? defaultUser, ...rights, at, name, args };
  }
}

const timeOf = (now: number): number => {
  if (Number.isFinite(now)) return now;
  throw new RangeError(`now is ${now}: it must be a number of milliseconds since 1970.`);
};
