/** How far back the platform can bring the storage of an object: 30 days, as Cloudflare documents it. */
export const RECOVERY_AGE_MS_MAX = 30 * 86_400_000;
/** UTF-16 units of a bookmark of the platform: one has 60 to 100. */
export const BOOKMARK_LENGTH_MAX = 200;
/** The platform's own calls take some ms; after this time they have failed, and whether they were heard is unknown. */
export const RECOVERY_CALL_MS_MAX = 10_000;
/** Time from the answer of an instance to its end: long enough for the answer to leave. */
export const RECOVERY_END_MS = 100;
/** How long a request waits for the recovered application: the end, a start with the directory's answer, and a load. */
export const RECOVERY_WAIT_MS_MAX = 20_000;
/** Pause between two looks at an application that is being recovered. */
export const RECOVERY_LOOK_MS = 100;
