/** What an application remembers of a client: its last n, that change's seq, and whose client it is. */
export interface ClientCounter {
  readonly n: number;
  readonly seq: number;
  readonly user: string;
}

/** What a push of the changes n … n + count - 1 is [Q2] [Q3] [Q6]. */
export type Sequenced =
  | { readonly kind: 'gap'; readonly expected: number }
  | { readonly kind: 'taken' }
  /** The first `repeated` changes were accepted before; the others are new. */
  | { readonly kind: 'continues'; readonly repeated: number };

/** One watermark per client decides: nothing is held back, so nothing can deadlock. */
export const sequence = (mark: ClientCounter | undefined, user: string, n: number, count: number): Sequenced => {
  if (mark !== undefined && mark.user !== user) return { kind: 'taken' };
  const expected = (mark?.n ?? 0) + 1;
  if (n > expected) return { kind: 'gap', expected };
  return { kind: 'continues', repeated: Math.min(expected - n, count) };
};
