import type { JSONWebKeySet } from 'jose';
import { describeError, log } from '../logging/log.ts';

/** A key set (RFC 7517). */
export type Keys = JSONWebKeySet;

interface CachedKeys {
  readonly keys: Keys;
  /** ms since 1970, like all times here. */
  readonly fetched: number;
}

/** Keys are fetched again at this age. */
const KEYS_AGE_MS_MAX = 600_000;
/** Keys are used up to this age while the provider is down. It issues no tokens then, and older ones live about this long. */
const STALE_MS_MAX = 3_600_000;
/** An unknown key id fetches the keys again, but not sooner: a flood of forged tokens must not flood the provider. */
const REFETCH_MS_MIN = 30_000;
const FETCH_MS_MAX = 5_000;
/** A fetch that is older than this may have been canceled with its request: another request begins one. */
const FETCH_LEASE_MS = 2_000;
/** Pause between two looks at a fetch of another request. */
const FETCH_LOOK_MS = 20;
const KEYS_BYTES_MAX = 256 * 1024;

// The requests of an isolate may share plain data, but not a pending fetch ("Cannot perform I/O on behalf of a
// different request"): when the request that made it is canceled, the others wait forever. jose's own remote key set
// avoids sharing the pending fetch on Workers, but shares pending key imports.
const cache = new Map<string, CachedKeys>();
/** The time at which the fetch in flight began. */
const inFlight = new Map<string, number>();
/** The time of the last fetch that failed. */
const lastFailures = new Map<string, number>();

/**
 * The provider's key set. `fresh` asks for a fetch, because a key was unknown.
 *
 * @returns undefined when the keys cannot be fetched now
 */
export const fetchKeys = async (url: string, wanted: 'cached' | 'fresh'): Promise<Keys | undefined> => {
  for (let waited = 0; waited <= FETCH_MS_MAX; waited += FETCH_LOOK_MS) {
    const now = Date.now();
    const step = nextStep(url, wanted, now);
    if (step.kind === 'use') return step.keys;
    if (step.kind === 'fetch') return (await refresh(url, now)) ?? step.fallback;
    await new Promise((resolve) => setTimeout(resolve, FETCH_LOOK_MS));
  }
  return undefined;
};

type Step =
  | { readonly kind: 'use'; readonly keys: Keys | undefined }
  | { readonly kind: 'fetch'; readonly fallback: Keys | undefined }
  /** Another request fetches: look again later. */
  | { readonly kind: 'wait' };

const nextStep = (url: string, wanted: 'cached' | 'fresh', now: number): Step => {
  const cached = cache.get(url);
  if (isWithin(wanted === 'cached' ? KEYS_AGE_MS_MAX : REFETCH_MS_MIN, cached?.fetched, now))
    return { kind: 'use', keys: cached?.keys };
  // A provider that is down must not lock everybody out while old keys are cached.
  const fallback = wanted === 'cached' && isWithin(STALE_MS_MAX, cached?.fetched, now) ? cached?.keys : undefined;
  if (isWithin(FETCH_MS_MAX, lastFailures.get(url), now)) return { kind: 'use', keys: fallback };
  if (!isWithin(FETCH_LEASE_MS, inFlight.get(url), now)) return { kind: 'fetch', fallback };
  // One request fetches. The others use the old keys; without any, at a cold start, they wait.
  return fallback === undefined ? { kind: 'wait' } : { kind: 'use', keys: fallback };
};

const isWithin = (ms: number, time: number | undefined, now: number): boolean => time !== undefined && now - time < ms;

const refresh = async (url: string, now: number): Promise<Keys | undefined> => {
  inFlight.set(url, now);
  const keys = await download(url);
  if (inFlight.get(url) === now) inFlight.delete(url);
  if (keys === undefined) lastFailures.set(url, Date.now());
  else cache.set(url, { keys, fetched: now });
  return keys;
};

const download = async (url: string): Promise<Keys | undefined> => {
  try {
    // A redirect is not followed. The mode has to be "manual": workerd throws on "error".
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(FETCH_MS_MAX) });
    if (response.status === 200 && response.body !== null) return parseKeys(await readText(response.body));
    void response.body?.cancel().catch(() => undefined);
    throw new Error(`The provider answered with status ${response.status}`);
  } catch (error) {
    log('error', 'the keys that verify tokens cannot be fetched', describeError(error));
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
