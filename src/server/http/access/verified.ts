import type { Principal } from './principal.ts';
import type { Settings } from './settings.ts';

interface Known {
  readonly principal: Principal;
  /** Seconds since 1970. */
  readonly expires: number;
}

/** Tokens that were found good in this isolate: checking a signature costs more than everything else of a poll. */
const TOKENS_MAX = 1_000;
const tokens = new Map<string, Known>();

export const recall = (settings: Settings, token: string, now: number): Principal | undefined => {
  const name = nameOf(settings, token);
  const known = tokens.get(name);
  if (known === undefined) return undefined;
  tokens.delete(name);
  if (known.expires <= now) return undefined;
  // Back at the end: the ones not used for longest go first.
  tokens.set(name, known);
  return known.principal;
};

export const remember = (settings: Settings, token: string, known: Known): void => {
  tokens.set(nameOf(settings, token), known);
  const [oldest] = tokens.size > TOKENS_MAX ? tokens.keys() : [];
  if (oldest !== undefined) tokens.delete(oldest);
};

/** Under other settings a token may be worth nothing. */
const nameOf = (settings: Settings, token: string): string => `${JSON.stringify(settings)} ${token}`;
