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
export type Connection = 'offline' | 'opening' | 'live' | 'waiting' | 'closed';

export type ConnectionEvent =
  | 'online'
  | 'offline'
  /** The live transport has said which version it begins with. */
  | 'opened'
  /** The live transport broke, was refused, or is dead. */
  | 'failed'
  /** The wait after a failure is over. */
  | 'due'
  | 'close';

export type ConnectionEffect =
  | 'poll'
  | 'stop polling'
  | 'open'
  | 'shut'
  /** Wait, then say `due`. */
  | 'arm'
  | 'disarm'
  /** The failures before do not count any more. */
  | 'forgive';

interface Move {
  readonly to: Connection;
  readonly effects: readonly ConnectionEffect[];
}

const move = (to: Connection, ...effects: readonly ConnectionEffect[]): Move => ({ to, effects });

/** Every event in every state: the compiler demands each cell. */
export const CONNECTION: Readonly<Record<Connection, Readonly<Record<ConnectionEvent, Move>>>> = {
  offline: {
    online: move('opening', 'poll', 'open'),
    offline: move('offline'),
    opened: move('offline'),
    failed: move('offline'),
    due: move('offline'),
    close: move('closed'),
  },
  opening: {
    online: move('opening'),
    offline: move('offline', 'stop polling', 'shut'),
    opened: move('live', 'stop polling', 'forgive'),
    failed: move('waiting', 'shut', 'arm'),
    due: move('opening'),
    close: move('closed', 'stop polling', 'shut'),
  },
  live: {
    online: move('live'),
    offline: move('offline', 'shut'),
    opened: move('live'),
    failed: move('waiting', 'shut', 'poll', 'arm'),
    due: move('live'),
    close: move('closed', 'shut'),
  },
  waiting: {
    online: move('opening', 'disarm', 'open'),
    offline: move('offline', 'stop polling', 'disarm'),
    opened: move('waiting'),
    failed: move('waiting'),
    due: move('opening', 'open'),
    close: move('closed', 'stop polling', 'disarm'),
  },
  closed: {
    online: move('closed'),
    offline: move('closed'),
    opened: move('closed'),
    failed: move('closed'),
    due: move('closed'),
    close: move('closed'),
  },
};
