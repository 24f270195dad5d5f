import type { Principal } from './principal.ts';
import type { Settings } from './settings.ts';

/** A token that was found good. Plain data: nothing in here belongs to the request that checked it. */
export interface Verified {
  readonly principal: Principal;
  /** When it holds, seconds since 1970. */
  readonly from: number;
  readonly until: number;
}

/** Tokens that were found good in this isolate: checking a signature costs more than everything else of a poll. */
const TOKENS_MAX = 1_000;
const tokens = new Map<string, Verified>();

export const recall = (settings: Settings, token: string, now: number): Principal | undefined => {
  const name = nameOf(settings, token);
  const known = tokens.get(name);
  if (known === undefined) return undefined;
  tokens.delete(name);
  if (now < known.from || now >= known.until) return undefined;
  // Back at the end: the ones not used for longest go first.
  tokens.set(name, known);
  return known.principal;
};

export const remember = (settings: Settings, token: string, verified: Verified): void => {
  tokens.set(nameOf(settings, token), verified);
  const [oldest] = tokens.size > TOKENS_MAX ? tokens.keys() : [];
  if (oldest !== undefined) tokens.delete(oldest);
};

/** Under other settings a token may be worth nothing. */
const nameOf = (settings: Settings, token: string): string => `${JSON.stringify(settings)} ${token}`;
