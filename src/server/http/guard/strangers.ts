import { LruCache } from '../../../core/limits/lru-cache.ts';
import { TokenBucket } from '../../../core/limits/token-bucket.ts';
import {
  STRANGERS_APPLICATIONS_MAX,
  STRANGERS_REFUSED_MS,
  STRANGERS_WAKES_BURST,
  STRANGERS_WAKES_PER_SECOND,
} from '../../../protocol/access-limits.ts';
import { problem } from '../../../protocol/problems.ts';
import { NO_TOKEN } from '../../access/authenticate.ts';
import { applicationNameIn, type Handler } from '../request/context.ts';
import { problemResponse } from '../response/response.ts';

/**
 * What this isolate knows of applications that were asked for without a token: `public`, or the time until which it
 * refuses without asking, ms since 1970. Plain data: nothing in here belongs to a request.
 */
const known = new LruCache<string, 'public' | number>(STRANGERS_APPLICATIONS_MAX);
const wakes = new TokenBucket({ perSecond: STRANGERS_WAKES_PER_SECOND, burst: STRANGERS_WAKES_BURST }, Date.now());

/**
 * Wraps the handler of a route that an application may open to senders without a token [A15]. Only the application knows
 * whether it is public, and anybody can make up names: so the number of those that are woken is bounded.
 */
export const admitStrangers =
  (handler: Handler): Handler =>
  async (c) => {
    if (c.get('principal').kind !== 'stranger') return handler(c);
    const name = applicationNameIn(c);
    const before = name === undefined ? Number.POSITIVE_INFINITY : known.get(name);
    const now = Date.now();
    if (name === undefined || (typeof before === 'number' && now < before)) return refused();
    if (before !== 'public' && wakes.consume(now) === 'refused')
      return problemResponse(problem('rate-limited', 'Too many requests without a token.', { retryAfter: 1 }));
    const response = await handler(c);
    known.set(name, response.status === 401 ? Date.now() + STRANGERS_REFUSED_MS : 'public');
    return response;
  };

/** The same as where nothing is public [A3]. */
const refused = (): Response => problemResponse(problem('unauthorized', NO_TOKEN));
