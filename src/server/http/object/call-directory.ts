import { ProblemError } from '../../../core/json/problem-error.ts';
import { DIRECTORY_MS_MAX } from '../../../protocol/access-limits.ts';
import { problem } from '../../../protocol/problems.ts';
import { describeError } from '../../logging/log.ts';
import { logRepeated } from '../../logging/log-repeated.ts';
import { inTime } from '../../rpc/in-time.ts';
import type { Ctx } from '../request/context.ts';
import type { Environment } from '../request/environment.ts';

type RemoteDirectory = ReturnType<Environment['DIRECTORY']['getByName']>;

/** What to do about a directory that fails. */
interface Patience {
  /** The time it has, ms. Default: `DIRECTORY_MS_MAX`. */
  readonly ms?: number;
  /** What its caller is told then. */
  readonly detail?: string;
}

/**
 * Calls a directory, which answers in time or has failed.
 *
 * @param name of the object: an encoded owner, or that of an object that all owners share
 * @throws ProblemError `unavailable` when it fails: whether it has heard the call is unknown
 */
export const callDirectory = async <T>(
  { env }: Pick<Ctx, 'env'>,
  name: string,
  call: (directory: RemoteDirectory) => PromiseLike<T>,
  { ms = DIRECTORY_MS_MAX, detail = 'The directory does not answer now.' }: Patience = {},
): Promise<T> => {
  try {
    return await inTime(call(env.DIRECTORY.getByName(name)), ms);
  } catch (error) {
    logRepeated('a directory did not answer', { directory: name, ...describeError(error) }, { about: name });
    throw new ProblemError(problem('unavailable', detail, { retryAfter: 1 }));
  }
};
