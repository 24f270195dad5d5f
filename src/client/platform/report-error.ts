/**
 * Reports an error of the page's own functions as an uncaught one, in a turn of its own: it must not keep others from
 * being called, nor end a loop.
 */
export const reportError = (error: unknown): void =>
  queueMicrotask(() => {
    throw error;
  });
