import { type Failure, failure } from '../../../core/json/failure.ts';
import { isId } from '../../../protocol/ids.ts';

/** The kind that a push is meant for [L2]. */
export interface NamedKind {
  readonly kind: 'kind';
  /** Undefined without the header. */
  readonly name: string | undefined;
}

/** Parses the header `Changebucket-Kind`. */
export const parseKind = (header: string | null): NamedKind | Failure => {
  if (header === null) return { kind: 'kind', name: undefined };
  if (isId(header)) return { kind: 'kind', name: header };
  return failure('invalid-header', 'Changebucket-Kind must match [A-Za-z0-9][A-Za-z0-9._~-]{0,127}.');
};
