import { checkOption } from '../client/platform/check-option.ts';
import type { ProblemError } from '../client/platform/problem-error.ts';

/** The body of a request. A stream can be sent once; where streams cannot be sent, as in most browsers, a `Blob` is. */
export type RequestBody = ReadableStream<Uint8Array> | Blob | Uint8Array<ArrayBuffer> | string;

/** The options of every call. */
export interface CallOptions {
  /** Ends the call: it throws the reason of the signal. The server may have handled the request all the same. */
  readonly signal?: AbortSignal | undefined;
}

/** A request. */
export interface Call extends CallOptions {
  /** Default: GET. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** From `/v1` on. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The body, made anew for each attempt. */
  readonly body?: () => RequestBody;
  /** How long the server may take for its answer by the request itself, ms: a long-poll. Default: 0. */
  readonly waitMs?: number;
  /**
   * When it may be sent again: `always`, as it is safe to repeat; `if-refused`, as long as it is certain that nothing
   * happened; `never`, as its body is gone. Default: `always`.
   */
  readonly repeat?: 'always' | 'if-refused' | 'never';
  /** The status of an answer that is none of success, and is what was asked for all the same. */
  readonly alsoStatus?: number;
  /** Instead of the option of the API. */
  readonly retryMs?: number | undefined;
}

/** An attempt that has failed and will be repeated. */
export interface Retry {
  readonly error: ProblemError;
  /** How many attempts have failed: 1, 2, 3 ... */
  readonly attempt: number;
  /** Ms since the first attempt. */
  readonly passedMs: number;
  /** Ms until the next attempt. */
  readonly pauseMs: number;
  /** The bound of all attempts together, ms. */
  readonly retryMs: number;
}

/** A call as one attempt sends it. */
export const requestOf = ({ method = 'GET', path, headers = {}, body: makeBody }: Call) => {
  const body = makeBody?.() as NonNullable<RequestInit['body']> | undefined;
  return {
    method,
    path,
    headers,
    ...(body === undefined ? {} : { body }),
    // The server never redirects [I3]; a page to log in would be taken for its answer.
    init: { redirect: 'manual', ...(body instanceof ReadableStream ? { duplex: 'half' } : {}) } as RequestInit,
  } as const;
};

/** @throws TypeError for a value that no header can hold: each attempt would fail as if the server were away */
export const checkHeaders = (headers: Call['headers'] = {}): void => {
  for (const [name, value] of Object.entries(headers))
    checkOption(!/[^\t\x20-\xff]/.test(value), name, value, 'what a header can hold');
};
