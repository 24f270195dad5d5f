/** A deployment to try, and the rights to do so. */
export interface Target {
  /** Without a slash at the end. */
  readonly url: string;
  /** Absent where the deployment needs none. */
  readonly token: string | undefined;
  /** The owner of the applications that are made: the subject of the token, percent-encoded. */
  readonly owner: string;
  /** Makes tokens for other subjects; without it, rules about several subjects are not testable. */
  readonly mint: ((claims: TokenClaims) => Promise<string>) | undefined;
}

/** What a token is made of. */
export interface TokenClaims {
  readonly subject: string;
  readonly apps?: Readonly<Record<string, 'reader' | 'writer' | 'admin'>>;
  readonly lifetimeSeconds?: number;
  /** Whether the subject is an operator of the deployment. Default: false. */
  readonly operator?: boolean;
}

/** What a deployment has to try rules with. */
export interface Facilities {
  /** The kind that the applications are of: `conformance` or `document`. */
  readonly kind: string;
  /** Whether requests need a token. */
  readonly isOpen: boolean;
}
