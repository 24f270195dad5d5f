import { type Backoff, retryDelay } from '../client/platform/backoff.ts';
import type { Environment } from '../client/platform/environment.ts';
import { HttpClient } from '../client/platform/http-client.ts';
import { pause } from '../client/platform/pause.ts';
import { ProblemError } from '../client/platform/problem-error.ts';
import { Timer } from '../client/platform/timer.ts';
import { type TokenSource, Tokens } from '../client/platform/tokens.ts';
import { type Answer, isPage } from './answers.ts';
import { type Call, checkHeaders, type Retry, requestOf } from './call.ts';
import { answered, type FailedAttempt, late, mayRepeat, unanswered } from './failed-attempt.ts';

const BACKOFF: Backoff = { firstMs: 250, maxMs: 5_000 };

export interface RequesterOptions {
  /** Without a slash at the end. */
  readonly url: string;
  readonly token?: TokenSource | undefined;
  readonly environment: Environment;
  readonly timeoutMs: number;
  readonly retryMs: number;
  readonly onRetry?: ((retry: Retry) => void) | undefined;
}

/** An answer whose body is still to come. */
export interface OpenAnswer {
  readonly response: Response;
  /** Ends the connection. */
  readonly abort: () => void;
}

/** Sends requests until they are answered, as long as that is safe. */
export class Requester {
  readonly environment: Environment;
  readonly tokens: Tokens;
  readonly #http: HttpClient;
  readonly #options: RequesterOptions;

  constructor(options: RequesterOptions) {
    const { url, token, environment } = options;
    this.#options = options;
    this.environment = environment;
    this.tokens = new Tokens(token, environment.now, environment);
    this.#http = new HttpClient(url, this.tokens, environment);
  }

  /** Resolves to the whole answer, with 2xx, 304 or the status that the call expects besides. @throws ProblemError for a problem, or no answer */
  send(call: Call): Promise<Answer> {
    return this.#repeat(call, async ({ response, abort }, limit) => {
      limit(this.#options.timeoutMs);
      const { status, headers } = response;
      const answer = { status, headers, text: await response.text() };
      abort();
      return answer;
    });
  }

  /** Resolves to an answer with 2xx or 304 whose body is a stream. @throws ProblemError for a problem, or no answer */
  open(call: Call): Promise<OpenAnswer> {
    return this.#repeat(call, async (opened) => opened);
  }

  /** Resolves to the body of an answer, as a stream. @throws as `open` */
  async stream(call: Call): Promise<ReadableStream<Uint8Array>> {
    const { response } = await this.open(call);
    return response.body ?? new Blob([]).stream();
  }

  async #repeat<Result>(call: Call, read: Read<Result>): Promise<Result> {
    checkHeaders(call.headers);
    const { now, random } = this.environment;
    const { retryMs = this.#options.retryMs } = call;
    const startedAt = now();
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await this.#attempt(call, read);
      if ('result' in outcome) return outcome.result;
      const { error, retryAfterMs } = outcome;
      const pauseMs = retryDelay(BACKOFF, attempt, random(), retryAfterMs);
      const passedMs = now() - startedAt;
      if (!mayRepeat(call, outcome) || passedMs + pauseMs > retryMs) throw error;
      this.#options.onRetry?.({ error, attempt, passedMs, pauseMs, retryMs });
      await pause(this.environment, pauseMs, call.signal);
    }
  }

  /** @throws the reason of the signal, when that has ended the attempt */
  async #attempt<Result>(
    call: Call,
    read: Read<Result>,
    isRenewed: boolean = false,
  ): Promise<{ readonly result: Result } | FailedAttempt> {
    const { signal } = call;
    signal?.throwIfAborted();
    const controller = new AbortController();
    const release = (): void => signal?.removeEventListener('abort', abort);
    const abort = (): void => {
      release();
      controller.abort();
    };
    signal?.addEventListener('abort', abort);
    const timer = new Timer(this.environment);
    let lateMs: number | undefined;
    const limit = (ms: number): void =>
      timer.set(ms, () => {
        lateMs = ms;
        controller.abort();
      });
    try {
      limit(this.#options.timeoutMs + (call.waitMs ?? 0));
      const response = await this.#http.open({ ...requestOf(call), controller });
      const { status, headers } = response;
      if ((response.ok && !isPage(headers)) || status === 304 || status === call.alsoStatus)
        return { result: await read({ response, abort }, limit) };
      const answer = { status, headers, text: await response.text() };
      abort();
      // The token that was refused is replaced, once.
      if (status === 401 && this.tokens.isRenewable && !isRenewed && call.repeat !== 'never')
        return await this.#attempt(call, read, true);
      return answered(answer, this.environment.now());
    } catch (error) {
      abort();
      signal?.throwIfAborted();
      if (error instanceof ProblemError) throw error;
      const problem = this.#http.failureBy(error);
      if (problem !== undefined) return { reason: 'final', error: new ProblemError(problem, error), retryAfterMs: 0 };
      return lateMs === undefined ? unanswered(error) : late(lateMs);
    } finally {
      timer.clear();
    }
  }
}

/** Takes what is needed from an answer. @param limit bounds the time for that, ms */
type Read<Result> = (opened: OpenAnswer, limit: (ms: number) => void) => Promise<Result>;
