/** What an operator, or an owner's admin, may do that is written down [A11]. Reads are counted by the hour. */
export type AuditedAct =
  | 'export'
  | 'import'
  | 'delete'
  | 'restore'
  | 'fork'
  | 'revoke'
  | 'publish'
  | 'unpublish'
  | 'start-backups'
  | 'read-backup';
export type AuditedRead = 'list-owners' | 'list-applications' | 'info' | 'metrics' | 'audit' | 'list-backups';

/** Who did it: the subject of a token, or the variable with the secret that was sent. */
export type AuditedActor = { readonly subject: string } | { readonly secret: string };

/** Something that an operator does. Never a token, a state or an argument. */
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

/** The part of a directory that keeps an audit log [A11]. */
export interface AuditApi {
  /** Writes an act down before it is done. @returns its id */
  beginAct(entry: AuditEntry): number;
  /** Adds the outcome of an act. */
  endAct(id: number, outcome: number): void;
  /** Counts a read. */
  countRead(entry: AuditEntry<AuditedRead>, outcome: number): void;
  acts(after: number, limit: number): AuditPage<AuditedUse>;
  reads(after: number, limit: number): AuditPage<CountedReads>;
}

/** The name of the one object of the class `Directory` with the audit log. No encoded owner has a colon [I4]. */
export const AUDIT_LOG_NAME = ':audit';
