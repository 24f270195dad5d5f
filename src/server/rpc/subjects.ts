import type { Revoked, SharedApplication } from '../../protocol/operator-answers.ts';

/** A subject uses an application [A12]. */
export interface SubjectUse {
  /** `owner/app`, with the owner percent-encoded. */
  readonly application: string;
  /** Its role there, as its token has it. */
  readonly role: string;
  /** The application has to be told of revocations until then, ms since 1970. */
  readonly until: number;
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
