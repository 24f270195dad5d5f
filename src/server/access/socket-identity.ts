import type { Claims } from '../../core/definition.ts';
import type { Failure } from '../../core/json/failure.ts';
import type { ApplicationId } from '../../protocol/ids.ts';
import { unknownApplication } from '../../protocol/problems.ts';
import { PUBLIC_PASS, printPass, STRANGERS } from '../rpc/pass.ts';
import { roleFor } from './authorize.ts';
import type { Principal, Role } from './principal.ts';

/**
 * The subject and rights of a socket: an authenticated subject, and its role in the socket's application. A socket
 * without a token waits in the Worker until it has one.
 */
export interface SocketIdentity {
  readonly kind: 'known';
  readonly subject: string;
  readonly role: Role;
  /** The claims that kinds of this deployment list [D14]; absent without any. */
  readonly claims?: Claims;
  /** The token's `exp`, seconds since 1970; without it the identity does not expire. */
  readonly expires?: number;
  /** The token's `iat`, seconds since 1970; absent without one. */
  readonly issuedAt?: number;
  /** It has no token, and the application is public [A15]. */
  readonly isStranger?: true;
}

/** The identity of all sockets without a token. */
export const STRANGER: SocketIdentity = { kind: 'known', subject: STRANGERS, role: 'reader', isStranger: true };

/** The header with a `SocketIdentity` as JSON. RPC cannot pass on a socket, so the handshake is sent as a request. */
export const IDENTITY_HEADER = 'Changebucket-Identity';

/** The value of that header: JSON in ASCII, as other characters do not pass every header safely. */
export const printIdentity = (identity: SocketIdentity): string =>
  JSON.stringify(identity).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** The identity of a principal in an application. Without any role the application seems not to exist [A3]. */
export const identityOf = (principal: Principal, application: ApplicationId): SocketIdentity | Failure => {
  if (principal.kind === 'stranger') return STRANGER;
  const role = roleFor(principal, application);
  if (role === undefined) return { kind: 'problem', problem: unknownApplication() };
  const { subject } = principal;
  if (principal.kind !== 'token') return { kind: 'known', subject, role };
  const { expires, issuedAt, claims } = principal;
  const more = { ...(issuedAt === undefined ? {} : { issuedAt }), ...(claims === undefined ? {} : { claims }) };
  return { kind: 'known', subject, role, expires, ...more };
};

/** What the application is told of the token; undefined under open access, where there may be none [A12]. */
export const passOf = ({ role, expires, issuedAt = 0, isStranger }: SocketIdentity): string | undefined => {
  if (isStranger) return PUBLIC_PASS;
  return expires === undefined ? undefined : printPass({ role, issuedAt, expires });
};
