/** Fetch a new token this long before the old one ends: clocks differ, and fetching takes a while. */
const MARGIN_MS = 30_000;

export type TokenSource = string | (() => Promise<string>);

/** The token in use. Asked for again when it is about to end, or when the server has refused it. */
export class Tokens {
  readonly #source: TokenSource | undefined;
  readonly #now: () => number;
  #token: Promise<string> | undefined;
  #claims: Claims = {};

  constructor(source: TokenSource | undefined, now: () => number) {
    this.#source = source;
    this.#now = now;
  }

  /** What the token in use tells of itself. */
  get claims(): Claims {
    return this.#claims;
  }

  get isRenewable(): boolean {
    return typeof this.#source === 'function';
  }

  /** @throws whatever the given function throws */
  async get(): Promise<string | undefined> {
    if (this.#source === undefined) return undefined;
    const { exp } = this.#claims;
    if (exp !== undefined && exp * 1_000 - MARGIN_MS <= this.#now()) this.invalidate();
    this.#token ??= this.#request(this.#source);
    return this.#token;
  }

  /** The server does not take it: the next one who needs a token asks for another. */
  invalidate(): void {
    if (!this.isRenewable) return;
    this.#token = undefined;
    this.#claims = {};
  }

  async #request(source: TokenSource): Promise<string> {
    try {
      const token = typeof source === 'string' ? source : await source();
      this.#claims = claimsOf(token);
      return token;
    } catch (error) {
      this.#token = undefined;
      throw error;
    }
  }
}

export interface Claims {
  /** One character for each byte of its UTF-8. */
  readonly sub?: string;
  /** Seconds since 1970. */
  readonly exp?: number;
}

/** Who the reducers' `user` will be, as far as the token tells. Nothing is verified here: the server does that. */
export const subjectOf = ({ sub }: Claims): string =>
  sub === undefined ? 'anonymous' : new TextDecoder().decode(Uint8Array.from(sub, (each) => each.charCodeAt(0)));

const claimsOf = (token: string): Claims => {
  try {
    return JSON.parse(atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/'))) as Claims;
  } catch {
    return {};
  }
};
