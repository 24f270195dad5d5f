import type { SenderRights } from '../../../core/definition.ts';
import { listedClaims } from '../../../core/listed-claims.ts';
import type { CommitGroup } from '../commit/commit-group.ts';
import type { QueuedPush } from './queued-push.ts';

/**
 * The rights of a push's sender that are stored with its changes [D14]: the claims that the definition lists, and the role
 * where it is not the one that changes have without it. A retry has what was stored with the change.
 */
export const storedRights = (
  { loaded: { definition } }: Pick<CommitGroup, 'loaded'>,
  { role, claims = {}, retries }: Pick<QueuedPush, 'role' | 'claims' | 'retries'>,
): SenderRights => {
  const seen = retries === undefined ? listedClaims(claims, definition ?? {}) : claims;
  return {
    ...(role === undefined || role === 'writer' ? {} : { role }),
    ...(Object.keys(seen).length === 0 ? {} : { claims: seen }),
  };
};
