/** One JSON line for whoever operates this. `error`: a developer must look. `info`: a state changed. Never args, states or tokens. */
export const log = (level: 'error' | 'info', message: string, facts: Readonly<Record<string, unknown>> = {}): void => {
  console[level](JSON.stringify({ level, message, ...facts }));
};

/** What may be written down of something thrown. */
export const describeError = (error: unknown): { error: string; stack?: string } =>
  error instanceof Error
    ? { error: `${error.name}: ${error.message}`, stack: error.stack ?? '' }
    : { error: String(error) };
