import type { Environment } from '../platform/environment.ts';
import { Timer } from '../platform/timer.ts';
import type { Tokens } from '../platform/tokens.ts';

/** A new token is sent at the earliest after so many ms: a source may return the same one until that expires. */
const RENEW_AFTER_MS_MIN = 1_000;
/** Timers that are set for longer than 2^31 ms go off at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** Sends a new token on an open socket before the old one expires [W12]. */
export class TokenRenewal {
  readonly #tokens: Tokens;
  readonly #environment: Environment;
  readonly #send: (token: string) => void;
  readonly #timer: Timer;
  #generation = 0;

  constructor(tokens: Tokens, environment: Environment, send: (token: string) => void) {
    this.#tokens = tokens;
    this.#environment = environment;
    this.#send = send;
    this.#timer = new Timer(environment);
  }

  /**
   * @param expires when the token in use expires, in seconds since 1970; undefined: never
   * @param token the token in use
   */
  schedule(expires: number | undefined, token: string | undefined): void {
    if (expires === undefined || !this.#tokens.isRenewable) return;
    const { iat = Number.NEGATIVE_INFINITY } = this.#tokens.claims;
    const delay = this.#tokens.renewAfterMs({ exp: expires, iat }, this.#environment.now());
    // Without a clock to trust, the server closes the socket when the token expires, and the next one has a new token.
    if (delay === Number.POSITIVE_INFINITY) return;
    this.#timer.set(Math.min(Math.max(RENEW_AFTER_MS_MIN, delay), TIMER_MS_MAX), () => void this.#renew(token));
  }

  /** Nothing is sent afterwards, also if a token has been requested already. */
  stop(): void {
    this.#generation += 1;
    this.#timer.clear();
  }

  /** If no token is to be had, the server closes the socket when the old one expires. */
  async #renew(old: string | undefined): Promise<void> {
    const generation = this.#generation;
    this.#tokens.invalidate(old);
    const token = await this.#tokens.get().catch(() => undefined);
    if (token !== undefined && generation === this.#generation) this.#send(token);
  }
}
