/**
 * The variables that authentication uses. The Worker and its objects share them: a socket renews its token with the
 * object.
 */
export interface AccessEnvironment {
  /** The key that signs HS256 tokens [A1], at least 32 bytes. */
  readonly AUTH_SECRET?: string;
  /** Instead of a secret: the URL of an identity provider's key set (JWKS). */
  readonly AUTH_JWKS_URL?: string;
  /** The required claim `iss`. `*` says that any issuer will do. Needed with AUTH_JWKS_URL; without it otherwise any will do. */
  readonly AUTH_ISSUER?: string;
  /** The required claim `aud`. `*` says that any audience will do. Needed with AUTH_JWKS_URL; without it otherwise any will do. */
  readonly AUTH_AUDIENCE?: string;
  /** The only signature algorithm to accept with AUTH_JWKS_URL; without it RS256, ES256 and EdDSA. */
  readonly AUTH_ALGORITHM?: string;
  /** `loopback` lets requests to this machine in without a token; set by the dev command only [A6]. */
  readonly CHANGEBUCKET_OPEN?: string;
}
