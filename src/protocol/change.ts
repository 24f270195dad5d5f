import type { ClientId } from './ids.ts';

/**
 * What a client asks for, as it is stored. `args` is canonical JSON text (the parsed body, printed again):
 * it crosses RPC and SQLite as text, and two sendings of one change are equal when their texts are.
 */
export interface Change {
  readonly name: string;
  readonly args: string;
}

/** Who pushes: a client with its counter [Q2], a key that makes one change repeatable, or nobody in particular [Q8]. */
export type Sender =
  | { readonly kind: 'client'; readonly client: ClientId; readonly n: number }
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'anonymous' };

/** `If-Match`: any state, or one of these strong etags. */
export type Precondition = '*' | readonly string[];
