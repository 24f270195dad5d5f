import type { Environment } from './environment.ts';
import { withTimeLimit } from './time-limit.ts';

/** A new token is fetched so many ms before the old one expires: clocks differ, and fetching takes a while. */
const EXPIRY_MARGIN_MS = 30_000;
/** A function that has not brought a token after so many ms is called again with the next request. */
const TOKEN_TIMEOUT_MS = 10_000;

/** A JWT, or a function that fetches one. */
export type TokenSource = string | (() => Promise<string>);

/** The token in use. Fetched again when it is about to expire, or when the server has refused it. */
export class Tokens {
  readonly #source: TokenSource | undefined;
  readonly #now: () => number;
  readonly #environment: Pick<Environment, 'setTimer'> | undefined;
  /** True while the function that fetches tokens fails. */
  isFailing: boolean = false;
  #token: Promise<string> | undefined;
  #claims: Claims = {};

  /** @param environment without it, a function that never answers is waited for */
  constructor(source: TokenSource | undefined, now: () => number, environment?: Pick<Environment, 'setTimer'>) {
    this.#source = source;
    this.#now = now;
    this.#environment = environment;
  }

  /** The claims of the token in use, not verified. Empty until it has been fetched. */
  get claims(): Claims {
    return this.#claims;
  }

  /** A string as source cannot be renewed. */
  get isRenewable(): boolean {
    return typeof this.#source === 'function';
  }

  /** Fetches once for all who wait. @throws what the source throws */
  async get(): Promise<string | undefined> {
    if (this.#source === undefined) return undefined;
    const { exp } = this.#claims;
    if (exp !== undefined && exp * 1_000 - EXPIRY_MARGIN_MS <= this.#now()) this.invalidate();
    this.#token ??= this.#request(this.#source);
    return this.#token;
  }

  /** To be called when the server has refused the token: the next `get` fetches another. */
  invalidate(): void {
    if (!this.isRenewable) return;
    this.#token = undefined;
    this.#claims = {};
  }

  #limit(fetching: Promise<string>): Promise<string> {
    return this.#environment === undefined ? fetching : withTimeLimit(this.#environment, TOKEN_TIMEOUT_MS, fetching);
  }

  async #request(source: TokenSource): Promise<string> {
    try {
      const token = typeof source === 'string' ? source : await this.#limit(source());
      this.#claims = claimsOf(token);
      this.isFailing = false;
      return token;
    } catch (error) {
      this.#token = undefined;
      this.isFailing = true;
      throw error;
    }
  }
}

/** The claims of a JWT that the client reads. */
export interface Claims {
  /** One character for each byte of the UTF-8, as `atob` returns them. */
  readonly sub?: string;
  /** Seconds since 1970. */
  readonly exp?: number;
}

/** The `user` that reducers get, from the token's `sub`. Nothing is verified here: the server does that. */
export const subjectOf = ({ sub }: Claims): string =>
  sub === undefined ? 'anonymous' : new TextDecoder().decode(Uint8Array.from(sub, (each) => each.charCodeAt(0)));

/** The claims of a token; none of one that is not a JWT. */
export const claimsOf = (token: string): Claims => {
  try {
    return JSON.parse(atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/'))) as Claims;
  } catch {
    return {};
  }
};
