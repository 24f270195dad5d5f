import type { Environment } from './environment.ts';
import { type ClientProblem, clientProblem } from './problem-error.ts';
import { withTimeLimit } from './time-limit.ts';
import { type Claims, claimsOf, subjectOf } from './token-claims.ts';

/** A new token is requested so many ms before the old one expires, or after 80 % of a shorter life. */
const RENEW_BEFORE_MS = 30_000;
/** But no token that the server takes is renewed sooner than after so many ms: clocks may be wrong. */
const USE_MS_MIN = 10_000;
/** Two requests for a token are at least so many ms apart. */
const REQUEST_GAP_MS = 1_000;
/** A request that takes longer counts as failed: the next use of a token makes another one. */
const REQUEST_TIMEOUT_MS = 10_000;

/** A JWT, or a function that fetches one. */
export type TokenSource = string | (() => Promise<string>);

/**
 * The token in use. It is used as long as the server takes it: requested again when the server has refused it, or when
 * most of its life is over by the server's clock. There is one request at a time, and a pause between two.
 */
export class Tokens {
  readonly #source: TokenSource | undefined;
  readonly #now: () => number;
  readonly #environment: Pick<Environment, 'setTimer'> | undefined;
  /** Why the function that fetches tokens has failed; undefined once it has brought one. */
  failure: ClientProblem | undefined;
  /** Counts the tokens that were received. */
  receivedCount = 0;
  #token: Promise<string> | undefined;
  /** The token that was received last, its claims, and when that was. */
  #received = '';
  #claims: Claims = {};
  #receivedAt = 0;
  #isRefused: boolean = true;
  #isRequested: boolean = false;
  #requestedAt = 0;
  /** Ms by which the server's clock is ahead of this one; 0 until it is known. */
  #serverAheadMs = 0;

  /** @param environment without it, a function that never answers is waited for */
  constructor(source: TokenSource | undefined, now: () => number, environment?: Pick<Environment, 'setTimer'>) {
    this.#source = source;
    this.#now = now;
    this.#environment = environment;
  }

  /** The claims of the last token, not verified. Empty until there is one. */
  get claims(): Claims {
    return this.#claims;
  }

  /**
   * Whether the subject is an admin of the application, who may create it: its owner is [A2], and everybody where no tokens
   * are needed. Only the server knows for sure.
   *
   * @param owner percent-encoded
   */
  isAdmin(owner: string, app: string): boolean {
    const { apps } = this.#claims;
    const isOwner = this.#source === undefined || subjectOf(this.#claims) === decodeURIComponent(owner);
    return isOwner || [app, '*'].some((each) => apps?.[`${owner}/${each}`] === 'admin');
  }

  /** True while the function that fetches tokens fails. */
  get isFailing(): boolean {
    return this.failure !== undefined;
  }

  /** A string as source cannot be renewed. */
  get isRenewable(): boolean {
    return typeof this.#source === 'function';
  }

  /**
   * The token to send. While a token that is still good is renewed, that one. Requests once for all who wait.
   *
   * @throws what the source throws
   */
  async get(): Promise<string | undefined> {
    if (this.#source === undefined) return undefined;
    if (this.#token === undefined || (this.#isDue() && this.#mayRequest())) {
      const next = this.#requestInTime(this.#source);
      if (this.#isRefused) this.#token = next;
      else next.catch(() => undefined);
    }
    return this.#token;
  }

  /** To be called when the server has refused a token, or before it does: another one is requested. */
  invalidate(token: string | undefined): void {
    if (this.isRenewable && token === this.#received) this.#isRefused = true;
  }

  /** To be called with the header `Date` of each answer. */
  noteServerTime(date: string | null): void {
    const serverNow = Date.parse(date ?? '');
    if (serverNow > 0) this.#serverAheadMs = serverNow - this.#now();
  }

  /**
   * Milliseconds for which a token that expires then should be used before it is renewed; Infinity while only the server
   * can tell, as when this clock and the server's differ by more than its life.
   */
  renewAfterMs({ exp = Number.POSITIVE_INFINITY, iat = Number.NEGATIVE_INFINITY }: Claims, from: number): number {
    const left = exp * 1_000 - from - this.#serverAheadMs;
    const life = (exp - iat) * 1_000;
    const ms = left > 0 ? Math.min(left, life) : life;
    return Math.max(ms - RENEW_BEFORE_MS, ms * 0.8);
  }

  #isDue(): boolean {
    const renewAfterMs = Math.max(USE_MS_MIN, this.renewAfterMs(this.#claims, this.#receivedAt));
    return this.#isRefused || (this.isRenewable && this.#now() - this.#receivedAt >= renewAfterMs);
  }

  #mayRequest(): boolean {
    // Without its sign: a clock that was set back must not stop the requests.
    const sinceMs = Math.abs(this.#now() - this.#requestedAt);
    return sinceMs >= (this.#isRequested ? REQUEST_TIMEOUT_MS : REQUEST_GAP_MS);
  }

  /** A token that comes too late for its request is used for the next ones. */
  async #requestInTime(source: TokenSource): Promise<string> {
    const request = this.#request(source);
    try {
      return await (this.#environment ? withTimeLimit(this.#environment, REQUEST_TIMEOUT_MS, request) : request);
    } catch (error) {
      this.failure = noToken(error);
      throw error;
    }
  }

  async #request(source: TokenSource): Promise<string> {
    this.#isRequested = true;
    this.#requestedAt = this.#now();
    try {
      const token = typeof source === 'string' ? source : await source();
      this.#received = token;
      this.#claims = claimsOf(token);
      this.#receivedAt = this.#now();
      this.#isRefused = false;
      this.failure = undefined;
      this.receivedCount += 1;
      this.#token = Promise.resolve(token);
      return token;
    } finally {
      this.#isRequested = false;
    }
  }
}

/** The error is no member that is copied: neither another tab nor JSON can take what it may hold. */
const noToken = (error: unknown): ClientProblem => {
  const problem = clientProblem('no-token', 0, 'There is no token', `Fetching one has failed: ${messageOf(error)}`);
  return Object.defineProperty(problem, 'cause', { value: error });
};

const messageOf = (error: unknown): unknown => (error as Error | undefined)?.message;
