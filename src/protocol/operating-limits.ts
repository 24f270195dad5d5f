import { LISTING_UPDATE_MS } from './limits.ts';

// Limits of what the operator is told, with their reasons. As in `limits.ts`.

/** Pause between two reports of an owner's directory to the registry: each costs a request and a few rows. */
export const OWNER_REPORT_MS = 60_000;
/** Owners with numbers of their own in /metrics, some 30 series each; all others are one, so that any number can be scraped. */
export const OWNERS_NAMED_MAX = 200;
/** Reports of all owners come this far apart on average: 20 a second, a small part of what the registry can take. */
export const OWNER_REPORTS_SPACING_MS = 50;
/** After this long a directory asks an application that has told something whether that was all: it tells once a minute. */
export const ASK_AFTER_MS = LISTING_UPDATE_MS + 5_000;
/** An application that does not answer is asked for this long: then it is broken, and tells by itself when it is not. */
export const ASK_UNTIL_MS = 600_000;
/** One that does not answer within this time is asked again: it may have a large state to load. */
export const ASK_MS_MAX = 10_000;
/** Applications that are asked at once: a third of the free plan's 50 calls. */
export const ASKS_MAX = 16;
/** A queue that has waited for less is not told: it is applied long before the next report, if nothing holds it. */
export const LAG_REPORTED_MS = 5_000;
/** Reads that are told like a change: the telling then costs a fiftieth of what they cost. */
export const READS_REPORTED = 240;
/** Changes that one request looks through for those that it asks for: a tenth of a second of work. */
export const LOG_SCAN_MAX = 5_000;
/** Tokens that one isolate refuses in a minute before it says so: some expire every minute where many clients are. */
export const REFUSED_TOKENS_BURST = 20;
/** Requests that are remembered until their changes are applied, of one application: some 100 KB. Older ones are left out of the log. */
export const PUSH_REQUESTS_KEPT_MAX = 1_000;
/** A drain that takes longer is logged: it ends after half of it, unless the disk or one change is slow. */
export const DRAIN_SLOW_MS = 1_000;
