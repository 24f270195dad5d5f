import { LruCache } from '../../core/limits/lru-cache.ts';
import type { Principal } from './principal.ts';
import type { Settings } from './settings.ts';

/** A verified token. Plain data: nothing in here belongs to the request that verified it. */
export interface Verified {
  readonly principal: Principal;
  /** The time in which it is valid, seconds since 1970. */
  readonly from: number;
  readonly until: number;
}

const TOKENS_MAX = 1_000;
/**
 * The tokens that this isolate has verified, by the settings that verified them: other settings may refuse them.
 * Verifying a signature costs more than everything else in a poll.
 */
const verifiedTokens = new WeakMap<Settings, LruCache<string, Verified>>();

/** The principal of a token that was verified before and is valid at `now`, seconds since 1970. */
export const getVerified = (settings: Settings, token: string, now: number): Principal | undefined => {
  const tokens = verifiedTokens.get(settings);
  const verified = tokens?.get(token);
  if (verified === undefined) return undefined;
  if (now >= verified.from && now < verified.until) return verified.principal;
  tokens?.delete(token);
  return undefined;
};

/** Remembers a token; beyond 1,000 of them the least recently used is forgotten. */
export const putVerified = (settings: Settings, token: string, verified: Verified): void => {
  const tokens = verifiedTokens.get(settings) ?? new LruCache(TOKENS_MAX);
  tokens.set(token, verified);
  verifiedTokens.set(settings, tokens);
};
