// The real timers and the real clock, taken when the kit is imported: a test may replace the global ones later. So clients
// and the fake server go on while a test's own clock stands still.
const { setTimeout, clearTimeout } = globalThis;
const { now: realNow } = Date;

/** Calls after so many real ms. @returns cancels it */
export const setRealTimer = (ms: number, call: () => void): (() => void) => {
  const timer = setTimeout(call, ms);
  return () => clearTimeout(timer);
};

/** Resolves after so many real ms. */
export const realDelay = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** Real milliseconds since 1970. */
export const realTime = (): number => realNow();

/** A clock that shows a given time now, and runs. */
export const clockFrom = (start: number): (() => number) => {
  const startedAt = realNow();
  return () => start + realNow() - startedAt;
};
