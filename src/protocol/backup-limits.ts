// The limits of scheduled backups, with their reasons. Units as in limits.ts.

/** A part of a multipart upload: R2's least. Two are in memory at most. */
export const BACKUP_PART_BYTES = 5 * 1024 * 1024;
/** Applications that one alarm backs up: five requests each stay below the 50 of the free plan. */
export const BACKUP_SLICE_APPLICATIONS = 8;
/** Lines of lists that one alarm looks through: each page is a request, too. */
export const BACKUP_SLICE_PAGES = 8;
/** An alarm begins no other application after this; the next one goes on. */
export const BACKUP_SLICE_MS = 120_000;
/** Owners, applications of an owner, and backups on one page. */
export const BACKUP_PAGE_MAX = 100;
/** Pause after a slice that failed by itself. */
export const BACKUP_RETRY_MS = 60_000;
/** Pause before the next run after one that could not back up everything. */
export const BACKUP_REPEAT_MS = 900_000;
/** A backup that is broken or missing goes after this, once there is another: a place that was gone for a while may be back. */
export const BACKUP_LOST_KEEP_MS = 7 * 86_400_000;
/** A backup that cannot be read counts as broken after as many attempts, each a slice: an outage must not look like a loss. */
export const BACKUP_READ_ATTEMPTS_MAX = 3;
/**
 * Backups that retention reads in one turn: some 20 ms in which nobody else is answered, 50 ms where all of them go. After so
 * many it begins no other application; one application has mostly 23, up to 3,000 where BACKUP_KEEP says so.
 */
export const BACKUP_EXPIRY_MAX = 2_000;
/** Retention removes this many objects in one slice: one request for all of them. */
export const BACKUP_SWEEP_MAX = 100;
/** The place for backups has this long to open, go on with or remove something: it mostly takes some ms. */
export const STORE_MS_MAX = 60_000;
/** An application has this long to begin its export: it applies its queue before, for 25 s at most. */
export const EXPORT_BEGIN_MS_MAX = 60_000;
/** A purge waits this long for the backups to be removed: a folder removes some hundred files in it, one after another. */
export const BACKUPS_PURGE_MS_MAX = 25_000;
/** Anybody may ask for the health of backups: one isolate asks their object so often, far above any monitor. */
export const BACKUP_STATUS_ASKS_PER_SECOND = 1;
/** The same at once. */
export const BACKUP_STATUS_ASKS_BURST = 20;
/** And beyond that it answers with what it heard so long ago at most, ms: ages are in seconds. */
export const BACKUP_STATUS_KEPT_MS = 10_000;
