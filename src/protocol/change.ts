import type { ClientId } from './ids.ts';

/** The names that a change may have. */
export const CHANGE_NAME: RegExp = /^[A-Za-z][A-Za-z0-9_.:-]{0,63}$/;
/** The same in words. */
export const CHANGE_NAME_RULE = 'A name is a letter and up to 63 of A-Z a-z 0-9 _ . : -';

/**
 * A change as it is stored. `args` is canonical JSON text (the parsed body, printed again): RPC and SQLite carry it as
 * text, and a repeated push is the same change when the texts are equal.
 */
export interface Change {
  readonly name: string;
  readonly args: string;
  /** Random text that tells it from an equal change of a client with the same id and n [Q18]. */
  readonly nonce?: string;
}

/** The sender of a push: a client with its counter [Q2], an idempotency key for one change, or anonymous [Q8]. */
export type Sender =
  | { readonly kind: 'client'; readonly client: ClientId; readonly n: number }
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'anonymous' };

/** The value of `If-Match` (RFC 9110, section 13.1.1): any state, or one of these strong etags, with their quotes. */
export type Precondition = '*' | readonly string[];
