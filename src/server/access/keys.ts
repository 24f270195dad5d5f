import type { JSONWebKeySet } from 'jose';
import { describeError, log } from '../logging/log.ts';

export type Keys = JSONWebKeySet;

interface CachedKeys {
  readonly keys: Keys;
  /** ms since 1970, as all times here. */
  readonly fetched: number;
}

const KEYS_AGE_MS_MAX = 600_000;
/** While a provider is down it issues no tokens either, and those it issued before live about this long. */
const STALE_MS_MAX = 3_600_000;
/** An unknown key id may ask for the keys again, but no flood of forged tokens may flood the provider. */
const REFETCH_MS_MIN = 30_000;
const FETCH_MS_MAX = 5_000;
const KEYS_BYTES_MAX = 256 * 1024;

// Plain data may be shared by the requests of an isolate; a pending fetch may not ("Cannot perform I/O on behalf of a
// different request"), and whoever waits for it waits forever when the request that made it is canceled. jose's own
// remote key set goes around the pending fetch on Workers, but shares pending key imports.
const cache = new Map<string, CachedKeys>();
/** When somebody last set out for keys that others can do without, or came back with none. */
const tried = new Map<string, number>();

/** The provider's key set, fetched again when `fresh` is asked for; `undefined` when it cannot be had now. */
export const fetchKeys = async (url: string, wanted: 'cached' | 'fresh'): Promise<Keys | undefined> => {
  const now = Date.now();
  const known = cache.get(url);
  const age = now - (known?.fetched ?? Number.NEGATIVE_INFINITY);
  if (age < (wanted === 'cached' ? KEYS_AGE_MS_MAX : REFETCH_MS_MIN)) return known?.keys;
  // A provider that is down must not lock everybody out while the old keys are at hand.
  const fallback = wanted === 'cached' && age < STALE_MS_MAX ? known?.keys : undefined;
  if (now - (tried.get(url) ?? Number.NEGATIVE_INFINITY) < FETCH_MS_MAX) return fallback;
  // One sets out, the others go on with what they have. Nobody is held up at a cold start, where all have nothing.
  if (fallback !== undefined || wanted === 'fresh') tried.set(url, now);
  return (await refresh(url, now)) ?? fallback;
};

const refresh = async (url: string, now: number): Promise<Keys | undefined> => {
  const keys = await download(url);
  if (keys === undefined) tried.set(url, Date.now());
  else cache.set(url, { keys, fetched: now });
  return keys;
};

const download = async (url: string): Promise<Keys | undefined> => {
  try {
    // A redirect is no answer. It has to be "manual": workerd throws on "error".
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(FETCH_MS_MAX) });
    if (response.status === 200 && response.body !== null) return parseKeys(await readText(response.body));
    void response.body?.cancel().catch(() => undefined);
    throw new Error(`The answer has status ${response.status}`);
  } catch (error) {
    log('error', 'the keys that tokens are checked with cannot be fetched', describeError(error));
    return undefined;
  }
};

const readText = async (body: ReadableStream<Uint8Array>): Promise<string> => {
  const decoder = new TextDecoder();
  let [text, size] = ['', 0];
  for await (const chunk of body) {
    size += chunk.length;
    if (size > KEYS_BYTES_MAX) throw new Error(`The key set has more than ${KEYS_BYTES_MAX} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
};

const parseKeys = (text: string): Keys => {
  const parsed: unknown = JSON.parse(text);
  if (!isKeySet(parsed)) throw new Error('The answer is not a key set');
  return parsed;
};

const isKeySet = (value: unknown): value is Keys =>
  isObject(value) && Array.isArray(value['keys']) && value['keys'].every(isObject);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
