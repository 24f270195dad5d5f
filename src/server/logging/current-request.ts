/** The id of the request whose work runs at this moment in this isolate. */
let current: string | undefined;

/**
 * Runs work that a request causes: the log lines of its synchronous part get the request's id. What comes after an
 * `await` does not: it is another turn, and may belong to another request.
 *
 * @param request id of the request; undefined for what no request causes, such as an alarm
 */
export const withRequest = <T>(request: string | undefined, work: () => T): T => {
  const before = current;
  current = request;
  try {
    return work();
  } finally {
    current = before;
  }
};

/** The id of the request whose work runs now; undefined where no request causes it, or none is known. */
export const currentRequest = (): string | undefined => current;
