import { type Backoff, retryAfterOf, retryDelay } from '../../client/platform/backoff.ts';
import { CommandError } from '../command-line/command-error.ts';
import { type Answer, failureOf, problemOf } from './answers.ts';
import type { Connection } from './connection.ts';

/** A request. */
export interface Call {
  /** Default: GET. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** From `/v1` on. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The body, made anew for each attempt. */
  readonly body?: () => NonNullable<RequestInit['body']>;
  /** How long the server may take for its answer by the request itself, ms: a long-poll. Default: 0. */
  readonly waitMs?: number;
  /**
   * When it may be sent again: `always`, as it is safe to repeat; `if-refused`, as long as it is certain that nothing
   * happened; `never`, as its body is gone. Default: `always`.
   */
  readonly repeat?: 'always' | 'if-refused' | 'never';
}

/** An answer to a single attempt, whose body is still to come. */
export interface OpenAnswer {
  readonly response: Response;
  /** Ends the connection. */
  readonly abort: () => void;
}

/** No server that lives takes longer to begin its answer. */
const ANSWER_MS = 30_000;
const BACKOFF: Backoff = { firstMs: 250, maxMs: 5_000 };

/** Sends a request until it is answered, and reads the whole answer. @throws CommandError for a problem, or no answer */
export const send = async (connection: Connection, call: Call): Promise<Answer> => {
  const { response, abort } = await open(connection, call);
  const timer = setTimeout(abort, ANSWER_MS);
  try {
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (error) {
    throw unreachable(connection, error);
  } finally {
    clearTimeout(timer);
  }
};

/** Sends a request until it is answered with 2xx or 304. The body of the answer is a stream. */
export const open = async (connection: Connection, call: Call): Promise<OpenAnswer> => {
  const start = Date.now();
  let isNew = true;
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await attemptOnce(connection, call);
    if ('response' in outcome) return outcome;
    const passed = Date.now() - start;
    const pause = retryDelay(BACKOFF, attempt, Math.random(), outcome.pauseMs);
    const limit = outcome.reason === 'not listening' ? connection.startMs : connection.timeoutMs;
    if (!mayRepeat(call, outcome) || passed + pause > limit) throw outcome.error;
    if (isNew && pause > 1_000) console.error(`${firstLine(outcome.error.message)} Trying again ...`);
    isNew &&= pause <= 1_000;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
};

/** An attempt that has failed. */
interface FailedAttempt {
  /** Nothing will change it; refused for now; nobody was there to be requested; or nobody knows what happened. */
  readonly reason: 'final' | 'refused' | 'not listening' | 'unknown';
  readonly error: CommandError;
  /** What the server asks to wait. */
  readonly pauseMs: number;
}

const mayRepeat = ({ repeat = 'always' }: Call, { reason }: FailedAttempt): boolean =>
  reason !== 'final' && repeat !== 'never' && (repeat === 'always' || reason !== 'unknown');

const attemptOnce = async (connection: Connection, call: Call): Promise<OpenAnswer | FailedAttempt> => {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ANSWER_MS + (call.waitMs ?? 0));
  try {
    const response = await fetch(connection.url + call.path, {
      ...requestOf(connection, call),
      signal: controller.signal,
    });
    if (response.ok || response.status === 304) return { response, abort: () => controller.abort() };
    return failedAttempt(await answerOf(response), connection);
  } catch (error) {
    return {
      reason: isNotListening(error) ? 'not listening' : 'unknown',
      error: unreachable(connection, error),
      pauseMs: 0,
    };
  } finally {
    clearTimeout(timer);
  }
};

const requestOf = ({ token }: Connection, { method = 'GET', headers, body }: Call): RequestInit => ({
  method,
  // The server never redirects [I3]; a page to log in would be taken for its answer.
  redirect: 'manual',
  headers: { ...headers, ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }) },
  ...(body === undefined ? {} : { body: body(), duplex: 'half' }),
});

const answerOf = async (response: Response): Promise<Answer> => ({
  status: response.status,
  headers: response.headers,
  text: await response.text(),
});

const failedAttempt = (answer: Answer, connection: Connection): FailedAttempt => ({
  reason: reasonOf(answer, answer.headers.has('Retry-After')),
  error: failureOf(answer, connection),
  pauseMs: retryAfterOf(answer.headers, Date.now()),
});

const reasonOf = (answer: Answer, saysWhen: boolean): FailedAttempt['reason'] => {
  const isForeign = problemOf(answer) === undefined;
  switch (answer.status) {
    case 429:
    case 503:
      // Changebucket says when to come back. Without that, its 503 is there to stay [A5].
      if (!saysWhen && !isForeign) return 'final';
      return isForeign ? 'unknown' : 'refused';
    case 500:
    case 502:
    case 504:
      return 'unknown';
    default:
      return 'final';
  }
};

const isNotListening = (error: unknown): boolean => /ECONNREFUSED|ENOTFOUND|EAI_AGAIN/.test(causesOf(error));

const unreachable = ({ url, timeoutMs }: Connection, error: unknown): CommandError => {
  if (error instanceof CommandError) return error;
  if (isNotListening(error))
    return new CommandError(
      'unreachable',
      `Nothing answers at ${url}. Start a server (npx changebucket dev), or name another with --url or CHANGEBUCKET_URL.`,
    );
  return new CommandError(
    'unreachable',
    `No answer from ${url} (${causesOf(error)}). It was tried for up to ${timeoutMs / 1_000} s (--timeout).`,
  );
};

/** The messages and codes of an error and of what it was caused by. */
const causesOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const own = 'code' in error ? `${error.message} ${error.code}` : error.message;
  const inner = error instanceof AggregateError ? error.errors.map(causesOf) : [];
  return [own, ...inner, ...(error.cause === undefined ? [] : [causesOf(error.cause)])].join(': ');
};

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';
