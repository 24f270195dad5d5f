import type { AccessEnvironment } from '../../access/environment.ts';
import type { Directory } from '../../directory/directory.ts';

/** Bindings and variables of the Worker. */
export interface Environment extends AccessEnvironment {
  readonly APPLICATION: DurableObjectNamespace;
  readonly DIRECTORY: DurableObjectNamespace<Directory>;
  /** Absent under plain workerd: then there is no limit per subject [A9]. */
  readonly RATE_LIMIT?: RateLimit;
  /** Exact origins, separated by commas [A8]. */
  readonly CORS_ORIGINS?: string;
  /** How old an answer to a poll may be that does not say it itself, ms; without it none is [S13]. */
  readonly MAX_STALE_MS?: string;
}
