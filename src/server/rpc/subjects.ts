/** A subject uses an application [A12]. */
export interface SubjectUse {
  /** `owner/app`, with the owner percent-encoded. */
  readonly application: string;
  /** Its role there, as its token has it. */
  readonly role: string;
  /** The application has to be told of revocations until then, ms since 1970. */
  readonly until: number;
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

/** The part of a directory that knows of its owner as a subject: where it was, and which of its tokens are too old. */
export interface SubjectApi {
  /** Notes a use. @returns the time before which tokens are revoked, seconds since 1970; 0 while none are */
  admit(use: SubjectUse): number;
  /** The time before which tokens are revoked, seconds since 1970; 0 while none are. */
  revokedBefore(): number;
  /** Revokes the tokens issued before a time (seconds since 1970), and tells the applications that were used lately. */
  revoke(before: number): Promise<Revoked>;
  /** Up to `limit` applications of others that come after `after`, in order. */
  shared(after: string, limit: number): SharedApplication[];
}
