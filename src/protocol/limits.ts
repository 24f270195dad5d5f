// Every limit of the system, with its reason [B1] [B2]. The unit is in the name: BYTES are UTF-8 bytes of JSON text,
// LENGTH is in UTF-16 units, MS and SECONDS are durations; a name without a unit counts things.

const KIB = 1024;
const MIB = 1024 * KIB;

/** One change: far above any manual edit, far below a size that would delay other changes. */
export const CHANGE_BYTES_MAX = 256 * KIB;
/** A batch, with the fields that the queue adds to each change, must fit into one 2 MB SQLite row. */
export const BATCH_BYTES_MAX = MIB;
export const BATCH_CHANGES_MAX = 1_000;
/** A state of this size, all in two-byte characters, still passes the 32 MiB limit of one RPC answer. */
export const STATE_BYTES_MAX = 16_000_000;
/**
 * A backup: more than an export can have, so that whatever was exported can be imported. That is a state, 50,000
 * counters, 500 rejections of a quarter of a megabyte, and a log of two segments and a full queue. Bounds the time of an
 * import; its memory is that of one line and of the state.
 */
export const IMPORT_BYTES_MAX = 512 * MIB;
/** A line of a backup: the state is the longest. */
export const BACKUP_LINE_BYTES_MAX = 16 * MIB;
/** What is still read of an import that is refused, so that its sender reads the answer and not a broken connection. */
export const REFUSED_IMPORT_BYTES_MAX = 64 * MIB;
/** An export or an import that is not complete by then ends: meanwhile old segments, or a second copy, take space. */
export const BACKUP_MS_MAX = 600_000;
/** An import that sends nothing for this long has lost its sender. */
export const IMPORT_STALL_MS = 30_000;
/** Exports at the same time: each holds a row of the log and the counters of all clients for some time. */
export const EXPORTS_MAX = 4;
/** Forks at the same time: each holds the text of a state until it is read, 16 MB at most for ASCII, of the object's 128. */
export const FORKS_MAX = 3;
/** Of these of one subject: one is left for others. */
export const FORKS_PER_SUBJECT_MAX = 2;
/** Bytes of an export that are written at once, and bytes of an import that are made durable together. */
export const BACKUP_PIECE_BYTES = 64 * KIB;
export const IMPORT_SYNC_BYTES = 4 * MIB;
/** The highest seq and n in a backup: far from 2^53, so that an application can still count a thousand years. */
export const IMPORT_SEQ_MAX = 2 ** 52;

/**
 * JSON of all states that one isolate has loaded: in memory they take three times as much (24 MB for 7.5 MB, measured),
 * and the isolate has 128 MB. Two of the largest fit.
 */
export const STATES_BYTES_MAX = 2 * STATE_BYTES_MAX;
/** A state that was not used for this long may be let go for another: to load the largest again takes half a second. */
export const STATE_IDLE_MS = 2_000;

/** Characters of a token's subject: OpenID Connect allows 255 of ASCII. */
export const SUBJECT_LENGTH_MAX = 256;
/** An owner, percent-encoded: 256 characters of ASCII fit. With an app's 128 it stays below the platform's 1,024 for names. */
export const OWNER_LENGTH_MAX = 3 * SUBJECT_LENGTH_MAX;

/** Levels of nesting: structuredClone and RPC overflow from 2,000 on; people never nest this deep. */
export const DEPTH_MAX = 64;
/** Keys are part of the pointer of every patch operation. */
export const KEY_LENGTH_MAX = 512;
/** Operations of one JSON Patch; each may visit the whole state once. */
export const PATCH_OPERATIONS_MAX = 500;
/** Bytes one change may copy into the state in total: stops copy bombs that stay below the state's limit. */
export const CHANGE_WORK_BYTES_MAX = 2 * STATE_BYTES_MAX;
/**
 * Work of one subject in a lap of the queue while others wait, beyond what each change is granted [F2]: one change may
 * still do all that a change may.
 */
export const SUBJECT_WORK_BYTES_MAX = 2 * STATE_BYTES_MAX;
/** Work that every change is granted, whoever waits: 16 operations take 2 KB beyond their values. */
export const GRANTED_WORK_BYTES = 4 * KIB;
/** And for each byte of its args: it is copied, printed and compared, each once. */
export const GRANTED_WORK_PER_BYTE = 4;
/** A slower reducer is rejected where the clock advances during it; elsewhere the platform's CPU limit ends it. */
export const CHANGE_TIME_MS_MAX = 1_000;

/**
 * What one subject may have queued where nobody else has anything queued. Ten drains of the largest batch: a new change
 * waits for at most about 100 ms of ordinary work.
 */
export const QUEUE_CHANGES_MAX = 10_000;
/**
 * Queued changes are not yet checked against the state's limit, so the queue has the same one. Counted in UTF-16 units of
 * the stored texts, not in UTF-8 bytes: cheaper, and equal for ASCII. Beyond ASCII the bytes can be up to three times as
 * many.
 */
export const QUEUE_BYTES_MAX = 16 * MIB;
/**
 * What all subjects together may have queued: a quarter more than one alone. A subject may have queued four times what is
 * still free, so the first stops at its limit and a newcomer always finds room.
 */
export const QUEUE_TOTAL_CHANGES_MAX = (QUEUE_CHANGES_MAX * 5) / 4;
export const QUEUE_TOTAL_BYTES_MAX = (QUEUE_BYTES_MAX * 5) / 4;
/** One queue row: stays below SQLite's 2 MB row limit, with room for the other columns. */
export const QUEUE_ROW_BYTES_MAX = 1_700_000;

/** One slice of a drain: after it, other requests run. */
export const DRAIN_SLICE_MS = 8;
export const DRAIN_SLICE_CHANGES = 2_000;
/** About 100 ms of work, where the clock stands still and cannot end the slice; ordinary changes never get there. */
export const DRAIN_SLICE_WORK_BYTES = 4 * MIB;
/** Problems are up to 2 KB each, and those of one slice are stored in one SQLite row. */
export const DRAIN_SLICE_REJECTIONS = 200;
/** A longer patch does not fit into one SQLite row; a checkpoint is written instead. */
export const PATCH_ROW_BYTES_MAX = MIB;
/** Changes of one burst share one alarm and one drain; a reader that polls every 250 ms cannot notice. */
export const DRAIN_DELAY_MS = 10;
/** An alarm that is later than this counts as lost: the runtime may retry it late or never. */
export const ALARM_OVERDUE_MS = 1_000;
/** Counted attempts at a change that did not end, before it is dead-lettered. */
export const ATTEMPTS_MAX = 3;

/** A checkpoint rewrites one chunk for each changed item. Far below the 2 MB of a row, whatever the characters. */
export const CHUNK_LENGTH_MAX = 131_072;
/** Shorter chunks are more rows, each billed when it is written and when it is deleted. */
export const CHUNK_LENGTH_MIN = 32_768;
/** The log may grow to the state's size before a checkpoint; the minimum keeps a small state from many rewrites. */
export const SEGMENT_BYTES_MIN = MIB;

/**
 * Recent changes of one client whose outcome can be read. Every queued change must be among them, so it is the queue's
 * limit. Searching one reads some hundred rows: see `SKIP_CHANGES`.
 */
export const LOOKBACK_CHANGES_MAX = 10_000;

/**
 * Distance, in a client's changes, that a search for one of them goes at once: every change whose n is a multiple of it
 * tells the seq of the one so far before. The steps and the remaining single changes of 10,000 are fewest near its root.
 */
export const SKIP_CHANGES = 64;
/** Clients whose counters are kept: each takes 270 bytes in memory and 90 in a checkpoint; its outcomes take up to 400 and 200 more. */
export const CLIENTS_MAX = 50_000;
/** Idempotency keys that are remembered, beside the clients: requests are repeated within minutes, clients after months. */
export const KEYS_MAX = 25_000;
/** Forgotten clients in one filter of 128 KiB: with more, it would take too many new ids for forgotten ones. */
export const FORGOTTEN_CLIENTS_MAX = 100_000;
/** Runs of equal outcomes that are kept for each client: those of its last requests, whatever others push. 50 bytes each. */
export const SETTLED_RUNS_MAX = 8;
/** Late repeats of pushes to a deleted application are recognized for 30 days: a device that was offline for longer is rare. */
export const TOMBSTONE_MS = 30 * 24 * 60 * 60 * 1_000;
/** Rejections kept for a person to review, and as many failures: everyday refusals must not push a bug out. */
export const REJECTIONS_MAX = 500;
/** A problem's detail: long enough to explain, too short to leak data or flood a log. */
export const DETAIL_LENGTH_MAX = 500;

/** Below the 30 s after which proxies commonly close a silent response. */
export const WAIT_SECONDS_MAX = 25;
/** Age of a cached answer: a reader that accepts older ones can run its own cache [S13]. */
export const MAX_STALE_MS_MAX = 10_000;
/** Memory of the cached states of an isolate: an eighth of its 128 MB, which an object may share. */
export const SNAPSHOTS_BYTES_MAX = 16 * MIB;
/** Waiting requests per application: each keeps a promise and a timer in the object's 128 MB. */
export const WAITERS_MAX = 5_000;

/** Changes on one page of the log: with text below PAGE_LENGTH_MAX it passes one RPC answer. */
export const LOG_PAGE_MAX = 500;
/** Text of the args on one page: 500 changes of 256 KB do not pass one RPC answer of 32 MiB. */
export const PAGE_LENGTH_MAX = 4 * MIB;
/** One or two screens of text. */
export const LOG_PAGE_DEFAULT = 100;
/** Each application that an older deployment has listed by name alone costs a call: below the 50 of the free plan. */
export const LIST_PAGE_MAX = 40;
/** Pause between two tellings of a version to the owner's directory: each costs a request and a row. */
export const LISTING_UPDATE_MS = 60_000;
/** One run of slices: after it the alarm is set again, so that no single alarm does unbounded work. */
export const DRAIN_RUN_MS = 500;
/** Pause after a drain that failed by itself (storage, a broken invariant): retrying at once would fail again. */
export const DRAIN_RETRY_MS = 1_000;
/** Retry interval of an application that is blocked until another deployment: each alarm is billed. */
export const BLOCKED_RETRY_MS = 300_000;

/** A change or a group that is applied when it is accepted is stored with its patch in one row. */
export const ONE_TURN_BYTES_MAX = 256 * KIB;
/** A polling reader returns within this time: twice the longest poll interval of a visible client. */
export const POLLER_ABSENT_MS = 10_000;
/** Retries of a change that killed the object arrive within this time; until then changes are queued first [D12]. */
export const PROBATION_MS = 10_000;

/** Characters of computed updates that are kept for further readers of one version. Larger sums are computed again. */
export const UPDATES_LENGTH_MAX = 4 * MIB;
/** Characters of events that streams have been given and not read: beyond it the others wait until some are read. */
export const STREAMS_UNREAD_MAX = 16 * MIB;
/** Event streams per application: each holds a buffer and keeps the object awake. */
export const STREAMS_MAX = 1_000;
/** Then clients reconnect with a fresh token, and none stays on old code after a deployment. */
export const STREAM_AGE_MS = 300_000;
/** Below the 30 s after which proxies commonly close a silent response. */
export const HEARTBEAT_MS = 15_000;
/** A stream from which nothing was read for this long has lost its reader: two heartbeats. */
export const STREAM_STALL_MS = 30_000;
/** Pause between two notices of a queue that is not empty: enough to look at, and nothing to carry for 2,000 sockets. */
export const QUEUE_NOTICE_MS = 1_000;
/** Interval of the token checks on streams: an expired token must end its stream within a second. */
export const STREAM_TICK_MS = 500;

/** Sockets per application: 16 KB may be unacknowledged on each (UNACKNOWLEDGED_MAX shared by all). */
export const SOCKETS_MAX = 2_000;
/** Characters sent and not acknowledged, on all sockets together: a quarter of the object's 128 MB. */
export const UNACKNOWLEDGED_MAX = 32 * MIB;
/** The same on one socket: for more there is HTTP, which has its own flow control. */
export const SOCKET_CREDIT_MAX = MIB;
/** Sockets of one Worker that have not authenticated yet: anybody can open one, and another takes the oldest's place. */
export const UNAUTHENTICATED_SOCKETS_MAX = 100;
/** Characters of a token. A full cache of verified tokens of this length takes 8 MB of the isolate's 128. */
export const TOKEN_LENGTH_MAX = 8_192;
/** Characters of an `auth` frame beside its token. */
export const AUTH_FRAME_EXTRA_LENGTH_MAX = 64;
/** A client sends its token as soon as the socket is open. */
export const AUTH_DEADLINE_MS = 10_000;
/** A frame of a client: as large as the largest batch. */
export const FRAME_BYTES_MAX = MIB;
/** Longest pause between two deliveries: with the delivery itself a reader is less than 250 ms behind. */
export const DELIVERY_PAUSE_MS_MAX = 100;
/** With fewer sockets a delivery is too short for the clock to measure. */
export const THROTTLED_AUDIENCE_MIN = 32;
/** Invalid frames in a row: a client that sends more has a bug, and its developer should see it. */
export const BAD_FRAMES_MAX = 20;
/** Frames of one socket: a large part of an object's capacity, not all of it. */
export const FRAMES_PER_SECOND_MAX = 5_000;
export const FRAMES_BURST_MAX = 10_000;
/**
 * Characters that one socket may send a second. The dearest JSON takes 0.2 s of CPU for each million, so one socket
 * gets less than half of an object's capacity; the burst lets a client catch up after it was offline.
 */
export const SOCKET_LENGTH_PER_SECOND_MAX = 2 * MIB;
export const SOCKET_LENGTH_BURST_MAX = 8 * MIB;
/** Characters of frames that wait while a token is being checked. */
export const BACKLOG_LENGTH_MAX = 2 * MIB;
/** The same on a socket whose first token is being checked: anybody can send that. */
export const UNAUTHENTICATED_BACKLOG_LENGTH_MAX = 64 * KIB;
/** A reader that acknowledges nothing for this long does not return. */
export const PAUSED_MS_MAX = 60_000;
/** Client ids whose outcomes a socket receives: they are stored in its attachment of 16 KB. */
export const SOCKET_CLIENTS_MAX = 8;

/** A subject may cause at once what it may cause in this time [F4]: a page load is a burst. */
export const RATE_BURST_SECONDS = 10;
/** This many characters count like one request: about what takes as long to read. */
export const RATE_BYTES = 16 * KIB;
/** This much work counts like one request: 200 requests a second are half of what one core does. */
export const RATE_WORK_BYTES = 128 * KIB;
/** Subjects that are counted: 200 KB of memory. One that drops out begins anew. */
export const RATE_SUBJECTS_MAX = 1_000;

/** A reader whose place went to another subject finds none again before that one has left. */
export const DISPLACED_RETRY_S = 10;

/** The JSON Pointer of a subscription, which is stored in the socket's attachment. */
export const PATH_LENGTH_MAX = KIB;

/** The data of one peer: a cursor, a name, a color. */
export const PRESENCE_BYTES_MAX = KIB;
export const PRESENCE_TTL_S_MAX = 60;
export const PRESENCE_TTL_S_DEFAULT = 30;
/** Every peer receives every other peer's data: the work grows with the square. */
export const PEERS_MAX = 100;
/** Presence changes within this time are sent together: 100 moving cursors make 2,000 frames a second, not 100,000. */
export const PRESENCE_BATCH_MS = 50;

/**
 * The JSON of the claims of a token that the kinds of a deployment list [D14]. They are stored with each run of changes, and
 * with each socket, whose attachment holds 16 KiB in all.
 */
export const CLAIMS_BYTES_MAX = KIB;
