/** Days that a deleted application is kept, so that it can be undeleted [L16]: over a weekend, with some days to notice. */
export const DELETED_DAYS_DEFAULT = 7;
/** The most days: as long as late repeats are recognized [L9], so none takes the name of what can be undeleted. */
export const DELETED_DAYS_MAX = 30;
/** Deleted applications of one name that are kept: the wrong one, the one that a client made anew, and one more. */
export const RETAINED_PER_NAME_MAX = 3;
/** Deleted applications of one owner that are kept: more were not deleted by mistake, but by a program. */
export const RETAINED_PER_OWNER_MAX = 100;
/** Bytes on disk of one owner's deleted applications: twenty of the largest state with its history. $0.20 a month. */
export const RETAINED_BYTES_PER_OWNER_MAX = 1_000_000_000;
/** Deleted applications that one alarm of a directory has ended: each takes a call. */
export const RETAINED_ENDED_BATCH = 20;
/** Pause before an application that could not be reached is asked again to end what it retains. */
export const RETAINED_RETRY_MS = 60_000;
