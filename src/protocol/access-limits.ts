/** Acts that an audit log keeps [A11]: some 35 MB, years of a busy deployment. Beyond it goes one of the actor with most. */
export const AUDIT_ACTS_MAX = 100_000;
/** Rows of counted reads: three readers of numbers fill one each hour, and a script that looks at applications many. */
export const AUDIT_READS_MAX = 20_000;
/** Lines of an audit log in one answer: 30 KB. */
export const AUDIT_PAGE_MAX = 100;
/** Owners in one answer: some 10 KB. */
export const OWNERS_PAGE_MAX = 100;
/**
 * An application that a subject has used within this time is told when the subject's tokens are revoked; an idle one asks
 * when it is used again. A day: each pair of them costs one call and two rows a day, and a revocation wakes few.
 */
export const ADMISSION_MS = 86_400_000;
/** An admission with less time left is asked for anew: a stream may last 5 minutes, and clocks differ. */
export const ADMISSION_LEFT_MS_MIN = 360_000;
/** What is known of a subject in an application that does not exist is not stored, and asked again after this time. */
export const ADMISSION_MISSING_MS = 1_000;
/** Another role is told to the subject's directory at most this often: two tokens in turn would tell it with each request. */
export const ROLE_NOTED_MS = 60_000;
/** Subjects whose admission an application stores: 1 MB. Beyond it all of them ask again, once. */
export const ADMISSIONS_MAX = 10_000;
/** Subjects whose admission is in the memory of an application: 200 KB. The others cost a row each time. */
export const ADMISSIONS_CACHED_MAX = 1_000;
/** Applications that are told of a revocation at the same time: below what one object may have open. */
export const REVOCATION_BATCH_MAX = 50;
/** Applications that are told before the answer; the others are told by the alarm. Half of what one request may call. */
export const REVOCATION_NOTIFIED_MAX = 500;
/** An application that does not answer within this time is told again later. */
export const REVOCATION_TIMEOUT_MS = 5_000;
/** Pause before an application that did not answer is told again. */
export const REVOCATION_RETRY_MS = 1_000;
/** A revocation may name a time this far ahead: the clock of an issuer may be. Seconds. */
export const REVOCATION_AHEAD_S_MAX = 60;
/** Lines of the list of shared applications in one answer: some 10 KB. */
export const SHARED_PAGE_MAX = 100;
/** For so long a request without a token that was refused is refused again without waking the application. */
export const STRANGERS_REFUSED_MS = 1_000;
/** Applications that requests without a token were about lately: some 500 KB in each isolate. */
export const STRANGERS_APPLICATIONS_MAX = 2_000;
/** Applications in a second that requests without a token may wake from one isolate, if it does not know them as public. */
export const STRANGERS_WAKES_PER_SECOND = 50;
/** The same at once: a page may show some dozen of them. */
export const STRANGERS_WAKES_BURST = 200;
/** A directory that does not answer a call within this time has failed: what it does takes some ms. */
export const DIRECTORY_MS_MAX = 5_000;
/** The whole of a revocation: all batches of applications one after another, each silent, and the directory itself. */
export const REVOCATION_MS_MAX =
  (REVOCATION_NOTIFIED_MAX / REVOCATION_BATCH_MAX) * REVOCATION_TIMEOUT_MS + DIRECTORY_MS_MAX;
