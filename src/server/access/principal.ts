import type { Claims } from '../../core/definition.ts';

/** The rights in an application; each role includes the ones before. */
export type Role = 'reader' | 'writer' | 'admin';

/** All roles, the lowest first. */
export const ROLES: readonly Role[] = ['reader', 'writer', 'admin'];

/** The variable that holds a secret of operators: the second one is for the time of a change. */
export type OperatorSecretName = 'OPERATOR_TOKEN' | 'OPERATOR_TOKEN_PREVIOUS';

/** The authenticated sender of a request, or the lack of one. */
export type Principal =
  | {
      readonly kind: 'token';
      /** The `sub` claim: owns `/v1/apps/{sub}/*`. */
      readonly subject: string;
      /** The `apps` claim: from `owner/app` or `owner/*`, with the owner in its canonical spelling [I4], to a role. */
      readonly apps: Readonly<Record<string, Role>>;
      /** The `exp` claim, seconds since 1970. Streams and sockets end by then. */
      readonly expires: number;
      /** The `iat` claim, seconds since 1970. Absent without it: then a revocation ends the token whenever it was issued [A13]. */
      readonly issuedAt?: number;
      /** The claims that kinds of this deployment list [D14]; absent without any. */
      readonly claims?: Claims;
      /** Whether the token makes its subject an operator of the deployment [A10]. Absent: it does not. */
      readonly isOperator?: true;
    }
  /** A script or a monitor that has sent a secret of the deployment [A10]: owns nothing and has no role anywhere. */
  | { readonly kind: 'operator'; readonly subject: ''; readonly secret: OperatorSecretName }
  /** Asks without a token where that may do: the application decides whether it is public [A15]. */
  | { readonly kind: 'stranger'; readonly subject: '' }
  /** Opens a socket without a token [W2]: may only authenticate on it. */
  | { readonly kind: 'unauthenticated'; readonly subject: '' }
  /** Any sender on this machine, where the dev command has opened it [A6]. */
  | { readonly kind: 'open'; readonly subject: 'anonymous' };
