import { type Failure, failure } from '../../../core/json/failure.ts';

/** The period of the binding in wrangler.toml, seconds. */
const PERIOD_S = 10;

/** Counts a request of a subject, or of an address without a valid token [A9]. */
export const limitRate = async (limit: RateLimit, key: string): Promise<Failure | undefined> => {
  const { success } = await limit.limit({ key });
  return success
    ? undefined
    : failure('rate-limited', `Too many requests: wait up to ${PERIOD_S} s.`, { retryAfter: PERIOD_S });
};
