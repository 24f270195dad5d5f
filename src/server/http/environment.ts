import type { Directory } from '../directory/directory.ts';

/** Bindings and variables of the Worker. */
export interface Environment {
  readonly APPLICATION: DurableObjectNamespace;
  readonly DIRECTORY: DurableObjectNamespace<Directory>;
  /** Absent under plain workerd: then there is no limit per subject [A9]. */
  readonly RATE_LIMIT?: RateLimit;
  /** At least 32 bytes: tokens are HS256 [A1]. */
  readonly AUTH_SECRET?: string;
  /** Instead of a secret: where an identity provider publishes its keys. */
  readonly AUTH_JWKS_URL?: string;
  readonly AUTH_ISSUER?: string;
  readonly AUTH_AUDIENCE?: string;
  readonly AUTH_ALGORITHM?: string;
  /** `loopback` opens everything to requests for this very machine; set by the dev command only [A6]. */
  readonly CHANGEBUCKET_OPEN?: string;
  /** Exact origins, separated by commas [A8]. */
  readonly CORS_ORIGINS?: string;
}
