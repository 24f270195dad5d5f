import { type Failure, failure } from '../../../core/json/failure.ts';

/** The period of the binding in wrangler.toml. */
const PERIOD_S = 10;

/** Counts a request of a subject, or of an address that has not shown a good token [A9]. */
export const limitRate = async (limit: RateLimit, key: string): Promise<Failure | undefined> => {
  const { success } = await limit.limit({ key });
  return success ? undefined : failure('rate-limited', `Wait up to ${PERIOD_S} s.`, { retryAfter: PERIOD_S });
};
