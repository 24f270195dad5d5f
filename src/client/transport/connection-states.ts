/**
 * The states of a client with a live transport, that is a socket or an event stream. While it is not `live`, polls take
 * its place.
 *
 * ```text
 *            online                 opened
 *  offline ---------> opening ----------------> live
 *     ^                  | failed                |  failed
 *     |                  v     retry-due         |  (polls begin at once)
 *     |                 waiting -----> opening   |
 *     +--- offline, from anywhere --- waiting <--+
 * ```
 */
export type ConnectionState = 'offline' | 'opening' | 'live' | 'waiting' | 'closed';

export type ConnectionEvent =
  | 'online'
  | 'offline'
  /** The live transport follows the state. */
  | 'opened'
  /** The live transport has ended, was refused, or is dead. */
  | 'failed'
  /** The delay after a failure is over. */
  | 'retry-due'
  | 'close';

export type ConnectionEffect =
  | 'start-polling'
  | 'stop-polling'
  | 'open'
  | 'close'
  /** Find out whether the live transport still lives: somebody looks. */
  | 'check'
  /** Wait, then handle `retry-due`. */
  | 'schedule-retry'
  | 'cancel-retry'
  /** The next delay is short again. */
  | 'reset-failures';

/** The next state, and the effects on the way there, in order. */
type Transition = readonly [to: ConnectionState, ...effects: readonly ConnectionEffect[]];

/** Every event in every state: the compiler demands each cell. */
export const CONNECTION_TRANSITIONS: Readonly<Record<ConnectionState, Readonly<Record<ConnectionEvent, Transition>>>> =
  {
    offline: {
      online: ['opening', 'start-polling', 'open'],
      offline: ['offline'],
      opened: ['offline'],
      failed: ['offline'],
      'retry-due': ['offline'],
      close: ['closed'],
    },
    opening: {
      online: ['opening'],
      offline: ['offline', 'stop-polling', 'close'],
      opened: ['live', 'stop-polling', 'reset-failures'],
      failed: ['waiting', 'close', 'schedule-retry'],
      'retry-due': ['opening'],
      close: ['closed', 'stop-polling', 'close'],
    },
    live: {
      online: ['live', 'check'],
      offline: ['offline', 'close'],
      opened: ['live'],
      failed: ['waiting', 'close', 'start-polling', 'schedule-retry'],
      'retry-due': ['live'],
      close: ['closed', 'close'],
    },
    waiting: {
      online: ['opening', 'cancel-retry', 'open'],
      offline: ['offline', 'stop-polling', 'cancel-retry'],
      opened: ['waiting'],
      failed: ['waiting'],
      'retry-due': ['opening', 'open'],
      close: ['closed', 'stop-polling', 'cancel-retry'],
    },
    closed: {
      online: ['closed'],
      offline: ['closed'],
      opened: ['closed'],
      failed: ['closed'],
      'retry-due': ['closed'],
      close: ['closed'],
    },
  };
