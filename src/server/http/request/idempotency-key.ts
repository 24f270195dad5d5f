import { type Failure, failure } from '../../../core/json/failure.ts';
import { isId } from '../../../protocol/ids.ts';

/** The key that makes a push without a client repeatable [Q8]; undefined without one. */
export interface IdempotencyKey {
  readonly kind: 'key';
  readonly key: string | undefined;
}

/** Parses a structured string (RFC 9651), as the header's draft defines it, or bare text, as most clients send it. */
export const parseIdempotencyKey = (header: string | null): IdempotencyKey | Failure => {
  if (header === null) return { kind: 'key', key: undefined };
  const key = QUOTED.exec(header)?.[1] ?? header;
  return isId(key)
    ? { kind: 'key', key }
    : failure('invalid-header', 'Idempotency-Key must be an id, bare or in quotes [I1].');
};

/** Without escapes: they could only stand for characters that no id has. */
const QUOTED = /^"([^"]*)"$/;
