/** What somebody may do with an application; each includes the ones before. */
export type Role = 'reader' | 'writer' | 'admin';

export const ROLES: readonly Role[] = ['reader', 'writer', 'admin'];

/** Who asks. */
export type Principal =
  | {
      readonly kind: 'token';
      /** The `sub` claim: owns `/v1/apps/{sub}/*`. */
      readonly subject: string;
      /** The `apps` claim: from `owner/app` or `owner/*` to a role. */
      readonly apps: Readonly<Record<string, Role>>;
      /** The `exp` claim, seconds since 1970: what outlives a request must end by then. */
      readonly expires: number;
    }
  /** Who opens a socket and has not said yet who it is [W2]: may do nothing but say it. */
  | { readonly kind: 'guest'; readonly subject: '' }
  /** Anybody on this machine, where the dev command has opened it [A6]. */
  | { readonly kind: 'open'; readonly subject: 'anonymous' };
