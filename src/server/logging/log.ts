import { currentRequest } from './current-request.ts';

/** Facts about one event. Never arguments of changes, states or tokens. */
export interface LogDetails {
  /** The application it is about, as `owner/app`. Left out only where none is known. */
  readonly application?: string | undefined;
  /** Id of the request that caused it; default the one whose work runs now. Left out where there is none. */
  readonly request?: string | undefined;
  readonly [fact: string]: unknown;
}

/**
 * Writes one line of JSON to the console, for the operator. It starts with level, time (UTC, ISO 8601), message and
 * application.
 *
 * @param level `error`: a developer must look at it. `info`: something changed.
 */
export const log = (level: 'error' | 'info', message: string, { application, ...details }: LogDetails = {}): void => {
  const time = new Date().toISOString();
  console[level](JSON.stringify({ level, time, message, application, request: currentRequest(), ...details }));
};

/** Units of a message, and of the frames of a stack, that are logged: enough to find the place, however large an error is. */
const ERROR_LENGTH_MAX = 4_000;

/**
 * The loggable facts of a thrown value: name and message, and the stack of an `Error`. Message and stack are cut after
 * 4,000 UTF-16 units each. Never throws, whatever was thrown.
 */
export const describeError = (error: unknown): { error: string; stack?: string } => {
  try {
    if (!(error instanceof Error)) return { error: cut(String(error)) };
    const described = cut(`${error.name}: ${error.message}`);
    return { error: described, stack: cutStack(String(error.stack ?? ''), described) };
  } catch {
    return { error: 'a value that cannot be printed' };
  }
};

const cut = (text: string): string => text.slice(0, ERROR_LENGTH_MAX);

/** The message stands before the frames, and a long one must not push them out. */
const cutStack = (stack: string, described: string): string => {
  const frames = stack.search(/^\s+at /m);
  return frames > ERROR_LENGTH_MAX ? `${described}\n${cut(stack.slice(frames))}` : cut(stack);
};
