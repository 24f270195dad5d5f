import { type Failure, failure } from '../../../core/json/failure.ts';
import { isId } from '../../../protocol/ids.ts';

/** What makes a push without a client repeatable [Q8]; `undefined` when there is none. */
export interface IdempotencyKey {
  readonly kind: 'key';
  readonly key: string | undefined;
}

/** A structured string (RFC 9651), as the header's draft has it, or the bare text, as most clients send it. */
export const parseIdempotencyKey = (header: string | null): IdempotencyKey | Failure => {
  if (header === null) return { kind: 'key', key: undefined };
  const key = QUOTED.exec(header)?.[1] ?? header;
  return isId(key)
    ? { kind: 'key', key }
    : failure('invalid-header', 'Idempotency-Key is an id, bare or in quotes [I1].');
};

/** Escapes could only stand for characters that no id has. */
const QUOTED = /^"([^"]*)"$/;
