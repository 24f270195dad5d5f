import { SKIP_CHANGES } from '../../protocol/limits.ts';

/** The counter of one client: the n of its last accepted change, that change's seq, and the client's owner. */
export interface ClientCounter {
  readonly n: number;
  readonly seq: number;
  /** The `sub` of the token that first used the client id. */
  readonly user: string;
  /** Seq of its last change whose n is a multiple of `SKIP_CHANGES`. Undefined before the first one that is known. */
  readonly skip?: number | undefined;
  /** Its last outcomes, in order [O5]. Changed in place. */
  readonly settled?: SettledRun[] | undefined;
}

/**
 * Seq of a client's last change whose n is a multiple of `SKIP_CHANGES`, once a run of its changes was accepted.
 *
 * @param last the run's last change
 * @param firstN n of its first one
 * @param before the seq before the run
 */
export const skipAfter = (
  last: { readonly n: number; readonly seq: number },
  firstN: number,
  before: number | undefined,
): number | undefined => {
  const steps = last.n % SKIP_CHANGES;
  return last.n - steps >= firstN ? last.seq - steps : before;
};

/** Consecutive changes of one client with consecutive seqs and the same outcome. */
export interface SettledRun {
  readonly n: number;
  readonly seq: number;
  count: number;
  /** 0: applied. The name of a problem: rejected. A version: rejected, and a retry was applied. */
  readonly outcome: number | string;
}

/** The result of comparing a push of the changes n … n + count - 1 with the client's counter [Q2] [Q3] [Q6]. */
export type Sequenced =
  | { readonly kind: 'gap'; readonly expected: number }
  /** The client id belongs to another user. */
  | { readonly kind: 'taken' }
  /** The first `repeated` changes were accepted before; the others are new. */
  | { readonly kind: 'continues'; readonly repeated: number };

/** One counter per client decides: nothing is held back, so nothing can deadlock. */
export const sequence = (counter: ClientCounter | undefined, user: string, n: number, count: number): Sequenced => {
  if (counter !== undefined && counter.user !== user) return { kind: 'taken' };
  const expected = (counter?.n ?? 0) + 1;
  if (n > expected) return { kind: 'gap', expected };
  return { kind: 'continues', repeated: Math.min(expected - n, count) };
};
