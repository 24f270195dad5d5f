import { LruCache } from '../../core/limits/lru-cache.ts';
import type { Principal } from './principal.ts';
import type { Settings } from './settings.ts';

/** A token that was found good. Plain data: nothing in here belongs to the request that checked it. */
export interface Verified {
  readonly principal: Principal;
  /** When it holds, seconds since 1970. */
  readonly from: number;
  readonly until: number;
}

/**
 * Tokens that were found good in this isolate, by the settings they were judged by: under others they may be worth
 * nothing. Checking a signature costs more than everything else of a poll.
 */
const TOKENS_MAX = 1_000;
const verifiedTokens = new WeakMap<Settings, LruCache<string, Verified>>();

export const getVerified = (settings: Settings, token: string, now: number): Principal | undefined => {
  const tokens = verifiedTokens.get(settings);
  const known = tokens?.get(token);
  if (known === undefined) return undefined;
  if (now >= known.from && now < known.until) return known.principal;
  tokens?.delete(token);
  return undefined;
};

export const putVerified = (settings: Settings, token: string, verified: Verified): void => {
  const tokens = verifiedTokens.get(settings) ?? new LruCache(TOKENS_MAX);
  tokens.set(token, verified);
  verifiedTokens.set(settings, tokens);
};
