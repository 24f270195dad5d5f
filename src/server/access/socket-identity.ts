import type { Failure } from '../../core/json/failure.ts';
import type { ApplicationId } from '../../protocol/ids.ts';
import { unknownApplication } from '../../protocol/problems.ts';
import { roleFor } from './authorize.ts';
import type { Principal, Role } from './principal.ts';

/** On whose behalf a socket or a stream of an application acts. */
export type SocketIdentity =
  /** Not said yet [W2]. Until a time in ms since 1970. */
  { readonly kind: 'guest'; readonly until: number } | AuthenticatedIdentity;

export interface AuthenticatedIdentity {
  readonly kind: 'known';
  readonly subject: string;
  readonly role: Role;
  /** The token's `exp`, seconds since 1970. */
  readonly expires?: number;
}

/** A socket cannot be handed over by RPC. Its handshake is a request, with a `Who` as JSON in this header. */
export const IDENTITY_HEADER = 'Changebucket-Who';

/** What somebody is to an application. Without any right it looks as if there were none [A3]. */
export const identityOf = (principal: Principal, application: ApplicationId): AuthenticatedIdentity | Failure => {
  const role = roleFor(principal, application);
  if (role === undefined) return { kind: 'problem', problem: unknownApplication() };
  const { subject } = principal;
  return { kind: 'known', subject, role, ...(principal.kind === 'token' ? { expires: principal.expires } : {}) };
};
