import { type Failure, failure } from '../../../core/json/failure.ts';
import { parseNatural } from './natural.ts';

/** The lowest version that a read may answer with [S7]. Without the header it is 0, which every state has reached. */
export interface MinVersion {
  readonly kind: 'min-version';
  readonly version: number;
}

/** Parses the header `Min-Version`. */
export const parseMinVersion = (header: string | null): MinVersion | Failure => {
  const version = header === null ? 0 : parseNatural(header);
  if (version === undefined) return failure('invalid-header', 'Min-Version must be a whole number from 0 to 2^53 - 1.');
  return { kind: 'min-version', version };
};
