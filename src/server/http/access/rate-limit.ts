import { type Failed, failed } from '../../../core/failed.ts';
import type { Environment } from '../environment.ts';

/** The period of the binding in wrangler.toml. */
const PERIOD_S = 10;

/** Counts a request of a subject, or of an address that has not shown a good token [A9]. */
export const limitRate = async ({ RATE_LIMIT }: Environment, key: string): Promise<Failed | undefined> => {
  if (RATE_LIMIT === undefined) return undefined;
  const { success } = await RATE_LIMIT.limit({ key });
  return success ? undefined : failed('rate-limited', `Wait up to ${PERIOD_S} s.`, { retryAfter: PERIOD_S });
};
