import type { AccessEnvironment } from '../../access/environment.ts';
import type { BackupEnvironment } from '../../backups/backup-environment.ts';
import type { AuditApi } from '../../rpc/audit.ts';
import type { BackupsApi } from '../../rpc/backups.ts';
import type { DirectoryApi } from '../../rpc/messages.ts';
import type { RecoveryMarksApi } from '../../rpc/recovery.ts';
import type { RegistryApi } from '../../rpc/registry.ts';
import type { RetainedApi } from '../../rpc/retained.ts';
import type { SubjectApi } from '../../rpc/subjects.ts';
import type { StaleEnvironment } from './max-stale.ts';

/**
 * The bindings and variables of the Worker, as wrangler.toml and secrets set them. Without AUTH_SECRET and AUTH_JWKS_URL
 * every request is refused with 503 `not-configured`.
 */
export interface Environment extends AccessEnvironment, BackupEnvironment, StaleEnvironment {
  /** The namespace of the class `Application`. */
  readonly APPLICATION: DurableObjectNamespace;
  /** The namespace of the class `Directory`. */
  readonly DIRECTORY: DurableObjectNamespace<
    DirectoryApi &
      RegistryApi &
      AuditApi &
      SubjectApi &
      BackupsApi &
      RetainedApi &
      RecoveryMarksApi &
      Rpc.DurableObjectBranded
  >;
  /** Limits the requests of a subject [A9]. Absent under plain workerd, where there is no such limit. */
  readonly RATE_LIMIT?: RateLimit;
  /** The origins whose pages may call, exact and separated by commas [A8]; without it only the Worker's own origin. */
  readonly CORS_ORIGINS?: string;
  /**
   * `x-forwarded` says that all requests come through a proxy that sets `X-Forwarded-Proto` and `X-Forwarded-Host` itself:
   * the Worker's own origin is what they name [A8], and a sender without a token is counted under the last entry of
   * `X-Forwarded-For` [A9]. Default: what the request's URL and `CF-Connecting-IP` name.
   */
  readonly TRUST_PROXY?: string;
}
