/**
 * What another object answers, if it does so in time. A call that is silent would hold its caller for ever.
 *
 * @param ms the time it has
 * @throws Error when that is over: whether the call was heard is unknown
 */
export const inTime = async <T>(work: PromiseLike<T>, ms: number): Promise<T> => {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${ms} ms`)), ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
};
