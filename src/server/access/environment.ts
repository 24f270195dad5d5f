/** Variables that say whom to trust. The Worker and its objects share them: a socket renews its token with the object. */
export interface AccessEnvironment {
  /** At least 32 bytes: tokens are HS256 [A1]. */
  readonly AUTH_SECRET?: string;
  /** Instead of a secret: where an identity provider publishes its keys. */
  readonly AUTH_JWKS_URL?: string;
  readonly AUTH_ISSUER?: string;
  readonly AUTH_AUDIENCE?: string;
  readonly AUTH_ALGORITHM?: string;
  /** `loopback` opens everything to requests for this very machine; set by the dev command only [A6]. */
  readonly CHANGEBUCKET_OPEN?: string;
}
