// Every bound of the system, with its reason [B1] [B2]. Bytes are UTF-8 bytes of JSON text.

const KIB = 1024;
const MIB = 1024 * KIB;

/** One change: far above any hand-made edit, far below what would hold up the others. */
export const CHANGE_BYTES_MAX = 256 * KIB;
/** A batch must fit, with what the queue adds to each change, into one 2 MB SQLite row. */
export const BATCH_BYTES_MAX = MIB;
export const BATCH_CHANGES_MAX = 1_000;
/** 16 MB of two-byte characters still pass the 32 MiB limit of one RPC answer. */
export const STATE_BYTES_MAX = 16_000_000;
/** The largest backup: a state, 50,000 counters and 500 rejections. Held in memory once. */
export const IMPORT_BYTES_MAX = 48 * MIB;

/** structuredClone and RPC overflow from 2,000 levels on; people never nest this deep. */
export const DEPTH_MAX = 64;
/** In UTF-16 units: keys travel in every patch pointer. */
export const KEY_LENGTH_MAX = 512;
/** Operations of one JSON patch; each may touch the whole state once. */
export const PATCH_OPERATIONS_MAX = 500;
/** Bytes one change may copy into the state in all: stops copy bombs that stay under the state's bound. */
export const CHANGE_WORK_BYTES_MAX = 2 * STATE_BYTES_MAX;
/** A reducer above this is rejected where the clock moves; elsewhere the platform's CPU limit ends it. */
export const CHANGE_TIME_MS_MAX = 1_000;

/** Ten drains of the largest batch: about 100 ms of work that may stand before a new change. */
export const QUEUE_CHANGES_MAX = 10_000;
/**
 * What waits is not yet checked against the state's bound, so it has the same one. Counted in UTF-16 units of the stored
 * texts, not in bytes of UTF-8: cheaper, and equal for ASCII. Beyond ASCII the bytes can be up to three times as many.
 */
export const QUEUE_BYTES_MAX = 16 * MIB;
/** One queue row: stays below SQLite's 2 MB row limit with room for the columns beside it. */
export const QUEUE_ROW_BYTES_MAX = 1_700_000;

/** A slice of a drain: then other requests get their turn. */
export const DRAIN_SLICE_MS = 8;
export const DRAIN_SLICE_CHANGES = 2_000;
/** Problems are up to 2 KB each, and those of a slice stand in one SQLite row. */
export const DRAIN_SLICE_REFUSALS = 200;
/** A longer patch does not fit into one SQLite row; the state is checkpointed instead. */
export const PATCH_ROW_BYTES_MAX = MIB;
/** Changes of one burst share one alarm and one drain; a reader polling each 250 ms cannot tell. */
export const DRAIN_DELAY_MS = 10;
/** An alarm this late is taken as lost. */
export const ALARM_OVERDUE_MS = 1_000;
/** Counted attempts at one change that did not end, before it is buried. */
export const ATTEMPTS_MAX = 3;

/** In UTF-16 units: what a changed item makes a checkpoint write anew. Far under the 2 MB of a row, whatever the characters. */
export const CHUNK_LENGTH_MAX = 131_072;
/** Shorter ones would be more rows, each billed when it is written and when it goes. */
export const CHUNK_LENGTH_MIN = 32_768;
/** The log may grow to the state's size before a checkpoint, but a small state is not rewritten all the time. */
export const SEGMENT_BYTES_MIN = MIB;

/**
 * Of one client, changes whose outcome can be asked for. What waits can be, so it is the queue's bound; no more,
 * since each change that is walked over costs up to one row read.
 */
export const LOOKBACK_CHANGES_MAX = 10_000;
/** Clients whose counters are kept: 100 bytes each in memory and in a checkpoint. */
export const CLIENTS_MAX = 50_000;
/** Rejections and dead letters kept for a person to look at. */
export const REJECTIONS_MAX = 500;
/** A problem's detail: enough to understand, too short to leak or flood a log. */
export const DETAIL_LENGTH_MAX = 500;

/** Below the 30 s after which proxies commonly cut a silent answer. */
export const WAIT_SECONDS_MAX = 25;
/** How old an answer from memory may be: more is for a cache of the reader's own [S13]. */
export const MAX_STALE_MS_MAX = 10_000;
/** Characters that an isolate keeps of the states it has answered with: an eighth of its 128 MB, an object's is beside it. */
export const SNAPSHOTS_LENGTH_MAX = 16 * MIB;
/** Waiting requests per application: each holds a promise and a timer in the object's 128 MB. */
export const WAITERS_MAX = 5_000;

/** One page of the log. */
export const LOG_PAGE_MAX = 500;
/** Text of the args on one page: 500 changes of 256 KB would not pass one RPC answer of 32 MiB. */
export const PAGE_LENGTH_MAX = 4 * MIB;
/** A screenful or two. */
export const LOG_PAGE_DEFAULT = 100;
/** One info call each: stays under the 50 subrequests of the free plan. */
export const LIST_PAGE_MAX = 40;
/** One run of slices: then the alarm is set again, so that no single alarm does unbounded work. */
export const DRAIN_RUN_MS = 500;
/** The wait after a drain that failed for reasons of its own (storage, a broken invariant). */
export const DRAIN_RETRY_MS = 1_000;
/** How long an application that waits for another deployment sleeps between two looks. */
export const HELD_RETRY_MS = 300_000;

/** A change, or a group of them, that is applied in the turn that accepts it stands with its patch in one row. */
export const ONE_TURN_BYTES_MAX = 256 * KIB;
/** Who polls comes back within this time: twice the longest pause of a client that is looked at. */
export const POLLER_GONE_MS = 10_000;
/** Retries of a change that killed the object come within this time, and then go the careful way [D12]. */
export const PROBATION_MS = 10_000;

/** Event streams per application: each keeps a buffer and the object awake. */
export const STREAMS_MAX = 1_000;
/** After this clients come back with a fresh token, and a deployment finds nobody stuck on old code. */
export const STREAM_AGE_MS = 300_000;
/** Below the 30 s after which proxies commonly cut a silent answer. */
export const HEARTBEAT_MS = 15_000;
/** A stream whose reader has taken nothing for this long has none. */
export const STREAM_STALL_MS = 30_000;
/** What an expired token stops must stop within a second. */
export const STREAM_TICK_MS = 500;

/** Sockets per application: 16 KB may wait for each. */
export const SOCKETS_MAX = 2_000;
/** What may wait, unacknowledged, in all sockets together: a quarter of the object's 128 MB. */
export const UNACKNOWLEDGED_MAX = 32 * MIB;
/** And in one: more is for HTTP, which has flow control of its own. */
export const SOCKET_CREDIT_MAX = MIB;
/** Sockets without a token yet: everybody can open one. */
export const UNAUTHENTICATED_SOCKETS_MAX = 100;
export const AUTH_DEADLINE_MS = 10_000;
/** What comes in one frame: a batch and what stands around it. */
export const FRAME_BYTES_MAX = MIB;
/** The longest that delivering rests: with the delivery itself a reader is never 250 ms behind. */
export const PAUSE_MS_MAX = 100;
/** With fewer sockets a delivery takes less than a clock can tell. */
export const THROTTLED_AUDIENCE_MIN = 32;
/** In a row; a client that sends so many has a bug that its developer should see. */
export const BAD_FRAMES_MAX = 20;
/** A socket may take a good part of what an object can do, not all of it. */
export const FRAMES_PER_SECOND_MAX = 5_000;
export const FRAMES_BURST_MAX = 10_000;
/** A reader that is paused this long is not coming back. */
export const PAUSED_MS_MAX = 60_000;
/** Client ids whose outcomes a socket is told: they stand in its attachment of 16 KB. */
export const SOCKET_CLIENTS_MAX = 8;

/** The pointer of a subscription stands in the socket's attachment. */
export const PATH_LENGTH_MAX = KIB;

/** A cursor, a name, a color. */
export const PRESENCE_BYTES_MAX = KIB;
export const PRESENCE_TTL_S_MAX = 60;
export const PRESENCE_TTL_S_DEFAULT = 30;
/** Everybody is told of everybody: the work grows with the square. */
export const PEERS_MAX = 100;
/** What changes within this time is told together: a hundred moving cursors are 2,000 frames a second, not 100,000. */
export const PRESENCE_PAUSE_MS = 50;
