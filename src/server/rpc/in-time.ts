/** Nothing came in time: whether the call was heard is unknown. */
export class SilenceError extends Error {
  constructor(ms: number) {
    super(`no answer within ${ms} ms`);
  }
}

/**
 * What another object answers, if it does so in time. A call that is silent would hold its caller for ever.
 *
 * @param ms the time it has
 * @throws SilenceError when that is over
 */
export const inTime = async <T>(work: PromiseLike<T>, ms: number): Promise<T> => {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new SilenceError(ms)), ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
};
