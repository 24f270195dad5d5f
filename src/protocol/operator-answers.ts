// The bodies of answers to operators, and to subjects about themselves [A11] [A13] [A14].

/** What an operator, or whoever may do it with an owner's application, does that is written down [A11]. Reads are counted by the hour. */
export type AuditedAct =
  | 'export'
  | 'import'
  | 'delete'
  | 'undelete'
  | 'purge'
  | 'restore'
  | 'fork'
  | 'revoke'
  | 'publish'
  | 'unpublish'
  | 'start-backups'
  | 'verify-backups'
  | 'read-backup';
export type AuditedRead =
  | 'list-owners'
  | 'list-applications'
  | 'info'
  | 'metrics'
  | 'audit'
  | 'list-backups'
  | 'backup-status';

/**
 * Who did it: the subject of a token, or the variable with the secret that was sent. The log of an owner says of operators
 * only that it was one.
 */
export type AuditedActor = { readonly subject: string } | { readonly secret: string } | { readonly operator: true };

/** Something that was done. Never a token, a state or an argument. */
export interface AuditEntry<What = AuditedAct> {
  readonly actor: AuditedActor;
  readonly what: What;
  /** The application as `owner/app`, or the owner, both percent-encoded; absent where it concerns neither. */
  readonly target?: string;
  /** The id of the request. */
  readonly request: string;
}

/** An act in the audit log. */
export interface AuditedUse extends AuditEntry {
  /** 1, 2, 3 ... */
  readonly id: number;
  /** The time at which it began, ms since 1970. */
  readonly at: number;
  /** The HTTP status of the answer; null while none has left, and for ever where the Worker ended before it. */
  readonly outcome: number | null;
}

/** Equal reads of one hour, with the last of their requests. */
export interface CountedReads extends AuditEntry<AuditedRead> {
  readonly id: number;
  /** The times of the first and of the last one, ms since 1970. */
  readonly at: number;
  readonly until: number;
  readonly outcome: number;
  readonly count: number;
}

/** One page of a list; `next` continues it. */
export interface AuditPage<Entry> {
  readonly entries: readonly Entry[];
  readonly next?: number;
}

/** An application of another owner that a subject has used [A14]. */
export interface SharedApplication {
  readonly application: string;
  /** The role as of the last use that was told. */
  readonly role: string;
  /** The time of that use, ms since 1970; at most a day behind. */
  readonly usedAt: number;
}

/** What became of a revocation. */
export interface Revoked {
  /** Tokens issued before this time are refused, seconds since 1970. */
  readonly before: number;
  /** Number of applications that know of it. */
  readonly notified: number;
  /** Number of applications that are still to be told, by the alarm. */
  readonly pending: number;
}

/** The answer to a revocation. */
export interface RevokedTokens extends Revoked {
  readonly subject: string;
}

/** A page of the applications of others that one has used. */
export interface SharedPage {
  readonly applications: readonly SharedApplication[];
  /** The `after` of the next page; missing on the last one. */
  readonly next?: string;
}

/** An owner with at least one application, as the registry was told last. */
export interface ListedOwner {
  /** The subject, not percent-encoded. */
  readonly owner: string;
  readonly applications: number;
  /** The time the last change to any of them was accepted, ms since 1970; null before the first. */
  readonly lastChangeAt: number | null;
  /** The time at which this was told, ms since 1970. */
  readonly at: number;
}

/** A page of owners. */
export interface OwnersPage {
  readonly owners: readonly ListedOwner[];
  /** The `after` of the next page; missing on the last one. */
  readonly next?: string;
}

/** What a deployment that runs answers to everybody. */
export interface Health {
  readonly status: 'ok';
}
