/** The rights in an application; each role includes the ones before. */
export type Role = 'reader' | 'writer' | 'admin';

/** All roles, the lowest first. */
export const ROLES: readonly Role[] = ['reader', 'writer', 'admin'];

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
    }
  /** Opens a socket without a token [W2]: may only authenticate on it. */
  | { readonly kind: 'unauthenticated'; readonly subject: '' }
  /** Any sender on this machine, where the dev command has opened it [A6]. */
  | { readonly kind: 'open'; readonly subject: 'anonymous' };
