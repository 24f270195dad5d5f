/**
 * How a client that wants a live transport hears of new versions. `live` is a socket or an event stream; polling is the
 * floor under it.
 *
 * ```text
 *            online                 opened
 *  offline ---------> opening ----------------> live
 *     ^                  | failed                |  failed
 *     |                  v        due            |  (polls begin in the same turn)
 *     |                 waiting -----> opening   |
 *     +--- offline, from anywhere --- waiting <--+
 * ```
 */
export type ConnectionState = 'offline' | 'opening' | 'live' | 'waiting' | 'closed';

export type ConnectionEvent =
  | 'online'
  | 'offline'
  /** The live transport has said which version it begins with. */
  | 'opened'
  /** The live transport broke, was refused, or is dead. */
  | 'failed'
  /** The wait after a failure is over. */
  | 'retry-due'
  | 'close';

export type ConnectionEffect =
  | 'start-polling'
  | 'stop-polling'
  | 'open'
  | 'close'
  /** Wait, then say `due`. */
  | 'schedule-retry'
  | 'cancel-retry'
  /** The failures before do not count any more. */
  | 'reset-failures';

interface Transition {
  readonly to: ConnectionState;
  readonly effects: readonly ConnectionEffect[];
}

const transition = (to: ConnectionState, ...effects: readonly ConnectionEffect[]): Transition => ({ to, effects });

/** Every event in every state: the compiler demands each cell. */
export const CONNECTION_TRANSITIONS: Readonly<Record<ConnectionState, Readonly<Record<ConnectionEvent, Transition>>>> =
  {
    offline: {
      online: transition('opening', 'start-polling', 'open'),
      offline: transition('offline'),
      opened: transition('offline'),
      failed: transition('offline'),
      'retry-due': transition('offline'),
      close: transition('closed'),
    },
    opening: {
      online: transition('opening'),
      offline: transition('offline', 'stop-polling', 'close'),
      opened: transition('live', 'stop-polling', 'reset-failures'),
      failed: transition('waiting', 'close', 'schedule-retry'),
      'retry-due': transition('opening'),
      close: transition('closed', 'stop-polling', 'close'),
    },
    live: {
      online: transition('live'),
      offline: transition('offline', 'close'),
      opened: transition('live'),
      failed: transition('waiting', 'close', 'start-polling', 'schedule-retry'),
      'retry-due': transition('live'),
      close: transition('closed', 'close'),
    },
    waiting: {
      online: transition('opening', 'cancel-retry', 'open'),
      offline: transition('offline', 'stop-polling', 'cancel-retry'),
      opened: transition('waiting'),
      failed: transition('waiting'),
      'retry-due': transition('opening', 'open'),
      close: transition('closed', 'stop-polling', 'cancel-retry'),
    },
    closed: {
      online: transition('closed'),
      offline: transition('closed'),
      opened: transition('closed'),
      failed: transition('closed'),
      'retry-due': transition('closed'),
      close: transition('closed'),
    },
  };
