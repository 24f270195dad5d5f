/** Facts about one event. Never arguments of changes, states or tokens. */
export interface LogDetails {
  /** The application it is about, as `owner/app`. Left out only where none is known. */
  readonly application?: string | undefined;
  readonly [fact: string]: unknown;
}

/**
 * Writes one line of JSON to the console, for the operator. It starts with level, message and application.
 *
 * @param level `error`: a developer must look at it. `info`: something changed.
 */
export const log = (level: 'error' | 'info', message: string, { application, ...details }: LogDetails = {}): void => {
  console[level](JSON.stringify({ level, message, application, ...details }));
};

/** The loggable facts of a thrown value: name and message, and the stack of an `Error`. */
export const describeError = (error: unknown): { error: string; stack?: string } =>
  error instanceof Error
    ? { error: `${error.name}: ${error.message}`, stack: error.stack ?? '' }
    : { error: String(error) };
