import { type Failure, failure } from '../../../core/json/failure.ts';
import { MAX_STALE_MS_MAX } from '../../../protocol/limits.ts';
import { parseNatural } from './natural.ts';

/** The variable of a deployment that sets the age which its answers may have. */
export interface StaleEnvironment {
  /** The age that an answer may have when its poll sets no `max-stale`, ms as decimal text [S13]. Default 0. */
  readonly MAX_STALE_MS?: string;
}

/** The age that an answer may have when its poll says nothing of it, in ms. */
export interface DefaultMaxStale {
  readonly kind: 'max-stale';
  readonly ms: number;
}

/** Reads the setting; a failure where it is no such age. */
export const defaultMaxStale = ({ MAX_STALE_MS = '0' }: StaleEnvironment): DefaultMaxStale | Failure => {
  const ms = parseNatural(MAX_STALE_MS);
  return ms === undefined || ms > MAX_STALE_MS_MAX
    ? failure('not-configured', `MAX_STALE_MS must be a whole number from 0 to ${MAX_STALE_MS_MAX}.`)
    : { kind: 'max-stale', ms };
};
