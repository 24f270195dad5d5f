/** The claims of a JWT that clients read. Nothing is verified: the server does that. */
export interface Claims {
  readonly sub?: string;
  /** Roles by application. */
  readonly apps?: Readonly<Record<string, string>>;
  /** Seconds since 1970. */
  readonly exp?: number;
  /** When it was issued, in seconds since 1970. */
  readonly iat?: number;
}

/** The claims of a token; none of one that is not a JWT. Issuers write other letters than ASCII as UTF-8 or as `\u…`. */
export const claimsOf = (token: string): Claims => {
  try {
    const bytes = atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/'));
    const text = new TextDecoder().decode(Uint8Array.from(bytes, (each) => each.charCodeAt(0)));
    const claims = JSON.parse(text) as Claims | string | number | boolean | null;
    return typeof claims === 'object' ? (claims ?? {}) : {};
  } catch {
    return {};
  }
};

/** The `user` that reducers get, from the token's `sub`. */
export const subjectOf = ({ sub = 'anonymous' }: Claims): string => sub;
