import { claimsOf, subjectOf } from './token-claims.ts';
import type { TokenSource } from './tokens.ts';

export interface SubjectGuardOptions {
  readonly token: TokenSource | undefined;
  /** The subject that all tokens must have; undefined: that of the first one. */
  readonly subject: string | undefined;
  /** Called when a token of another subject came. It is not used. */
  readonly onOther: () => void;
}

/**
 * Sees to it that one client has one subject: what it shows, stores and sends belongs to that subject. It wraps the
 * function that fetches tokens, so that no request is made with a token of another one.
 */
export class SubjectGuard {
  /** To be used instead of the token that was given. */
  readonly token: TokenSource | undefined;
  readonly #onOther: () => void;
  /** False until the first token has come. */
  isKnown: boolean;
  /** The subject of the tokens, '' without any. Undefined while it is not known, and for a token that names none. */
  subject: string | undefined;

  constructor({ token, subject, onOther }: SubjectGuardOptions) {
    this.#onOther = onOther;
    this.subject = subject ?? (token === undefined ? '' : undefined);
    this.isKnown = this.subject !== undefined;
    if (typeof token === 'string' && subject === undefined) this.#learn(token);
    const isChecked = typeof token === 'function' || (token !== undefined && subjectIn(token) !== this.subject);
    this.token = isChecked ? () => this.#fetch(token) : token;
  }

  async #fetch(source: TokenSource): Promise<string> {
    const token = typeof source === 'string' ? source : await source();
    if (!this.isKnown) this.#learn(token);
    else if (subjectIn(token) !== this.subject) {
      this.#onOther();
      throw new Error(this.subject);
    }
    return token;
  }

  #learn(token: string): void {
    this.subject = subjectIn(token);
    this.isKnown = true;
  }
}

const subjectIn = (token: string): string | undefined => {
  const claims = claimsOf(token);
  return claims.sub === undefined ? undefined : subjectOf(claims);
};
