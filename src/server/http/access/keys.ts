import type { JSONWebKeySet } from 'jose';

export type Keys = JSONWebKeySet;

interface Fetched {
  readonly keys: Keys;
  /** ms since 1970. */
  readonly at: number;
}

const KEYS_AGE_MS_MAX = 600_000;
/** An unknown key id may ask for the keys again, but no flood of forged tokens may flood the provider. */
const REFETCH_MS_MIN = 30_000;
const FETCH_MS_MAX = 5_000;
const KEYS_BYTES_MAX = 256 * 1024;

// Plain data may be shared by the requests of an isolate; a pending fetch may not ("Cannot perform I/O on behalf of a
// different request"), which is why jose's own remote key set is not used.
const cache = new Map<string, Fetched>();

/** The provider's key set; `undefined` when it cannot be had. */
export const fetchKeys = async (url: string, age: 'cached' | 'fresh'): Promise<Keys | undefined> => {
  const known = cache.get(url);
  const limit = age === 'cached' ? KEYS_AGE_MS_MAX : REFETCH_MS_MIN;
  if (known !== undefined && Date.now() - known.at < limit) return known.keys;
  const keys = await download(url);
  if (keys !== undefined) cache.set(url, { keys, at: Date.now() });
  // A provider that is down must not lock everybody out while the old keys are at hand.
  return keys ?? known?.keys;
};

const download = async (url: string): Promise<Keys | undefined> => {
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(FETCH_MS_MAX) });
    const text = response.ok ? await response.text() : '';
    const parsed = text.length <= KEYS_BYTES_MAX && text !== '' ? (JSON.parse(text) as Partial<Keys>) : {};
    return Array.isArray(parsed.keys) ? (parsed as Keys) : undefined;
  } catch {
    return undefined;
  }
};
