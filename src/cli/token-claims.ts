/** What commands read of a token, without checking it. */
export interface Claims {
  readonly sub?: string;
  /** When it expires, in seconds since 1970. */
  readonly exp?: number;
}

/** The claims of a token; none of a text that is no JSON Web Token. */
export const claimsOf = (token: string): Claims => {
  const [, payload = ''] = token.split('.');
  try {
    const { sub, exp }: { sub?: unknown; exp?: unknown } = JSON.parse(Buffer.from(payload, 'base64url').toString());
    return { ...(typeof sub === 'string' ? { sub } : {}), ...(typeof exp === 'number' ? { exp } : {}) };
  } catch {
    return {};
  }
};
