/**
 * The variables that authentication uses. The Worker and its objects share them: a socket renews its token with the
 * object.
 */
export interface AccessEnvironment {
  /** The key that signs HS256 tokens [A1], at least 32 bytes. */
  readonly AUTH_SECRET?: string;
  /** The secret before this one: its tokens are good, too, while they last. New tokens are made with AUTH_SECRET. */
  readonly AUTH_SECRET_PREVIOUS?: string;
  /** Instead of a secret: the URL of an identity provider's key set (JWKS). */
  readonly AUTH_JWKS_URL?: string;
  /** The required claim `iss`. `*` says that any issuer will do. Needed with AUTH_JWKS_URL; without it otherwise any will do. */
  readonly AUTH_ISSUER?: string;
  /** The required claim `aud`. `*` says that any audience will do. Needed with AUTH_JWKS_URL; without it otherwise any will do. */
  readonly AUTH_AUDIENCE?: string;
  /** The only signature algorithm to accept with AUTH_JWKS_URL; without it RS256, ES256 and EdDSA. */
  readonly AUTH_ALGORITHM?: string;
  /** With AUTH_JWKS_URL: the claim whose value `true` makes an operator [A10]; without it, no token does. */
  readonly AUTH_OPERATOR_CLAIM?: string;
  /** A secret of at least 32 visible ASCII characters by which scripts and monitors are operators [A10]. */
  readonly OPERATOR_TOKEN?: string;
  /** The secret of operators before this one: it is good, too, until it is taken out. */
  readonly OPERATOR_TOKEN_PREVIOUS?: string;
  /** `loopback` lets requests to this machine in without a token; set by the dev command only [A6]. */
  readonly CHANGEBUCKET_OPEN?: string;
}
