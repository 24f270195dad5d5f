import type { Environment } from '../platform/environment.ts';
import { Timer } from '../platform/timer.ts';
import type { Tokens } from '../platform/tokens.ts';

/** A new token is sent this many ms before the old one expires. */
const RENEW_BEFORE_MS = 30_000;
/** But not sooner than after so many ms: tokens may live shorter, or come from a cache shortly before they expire. */
const RENEW_AFTER_MS = 10_000;

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

  /** @param expires when the token in use expires, in seconds since 1970; undefined: never */
  schedule(expires: number | undefined): void {
    if (expires === undefined || !this.#tokens.isRenewable) return;
    const delay = expires * 1_000 - this.#environment.now() - RENEW_BEFORE_MS;
    this.#timer.set(Math.max(RENEW_AFTER_MS, delay), () => void this.#renew());
  }

  /** Nothing is sent afterwards, also if a token has been requested already. */
  stop(): void {
    this.#generation += 1;
    this.#timer.clear();
  }

  /** If no token is to be had, the server closes the socket when the old one expires. */
  async #renew(): Promise<void> {
    const generation = this.#generation;
    this.#tokens.invalidate();
    const token = await this.#tokens.get().catch(() => undefined);
    if (token !== undefined && generation === this.#generation) this.#send(token);
  }
}
