/**
 * What the push loop is doing. One request is in flight at most; what is pushed meanwhile gathers for the next one.
 *
 * ```text
 *          added            failed
 *   idle --------> sending --------> waiting
 *     ^    empty   |  ^ answered       |  due, online, nudged
 *     +------------+  +----------------+
 * ```
 */
export type Pushing = 'offline' | 'idle' | 'sending' | 'waiting' | 'closed';

export type PushingEvent =
  | 'online'
  | 'offline'
  /** A change has been stored and may be sent. */
  | 'added'
  /** There was nothing to send. */
  | 'empty'
  /** The request in flight was accepted, refused, or renumbered: the next one may go. */
  | 'answered'
  /** Nobody knows what became of the request in flight, or the server asked to come later. */
  | 'failed'
  | 'due'
  /** There is news of the way to the server: another transport, a fresh token. */
  | 'nudged'
  | 'close';

export type PushingEffect = 'send' | 'arm' | 'disarm' | 'abandon' | 'forgive';

interface Move {
  readonly to: Pushing;
  readonly effects: readonly PushingEffect[];
}

const move = (to: Pushing, ...effects: readonly PushingEffect[]): Move => ({ to, effects });

/** Every event in every state: the compiler demands each cell. */
export const PUSHING: Readonly<Record<Pushing, Readonly<Record<PushingEvent, Move>>>> = {
  offline: {
    online: move('sending', 'send'),
    offline: move('offline'),
    added: move('offline'),
    empty: move('offline'),
    answered: move('offline'),
    failed: move('offline'),
    due: move('offline'),
    nudged: move('offline'),
    close: move('closed'),
  },
  idle: {
    online: move('idle'),
    offline: move('offline'),
    added: move('sending', 'send'),
    empty: move('idle'),
    answered: move('idle'),
    failed: move('idle'),
    due: move('idle'),
    nudged: move('idle'),
    close: move('closed'),
  },
  sending: {
    online: move('sending'),
    offline: move('offline', 'abandon'),
    added: move('sending'),
    empty: move('idle'),
    answered: move('sending', 'forgive', 'send'),
    failed: move('waiting', 'arm'),
    due: move('sending'),
    nudged: move('sending'),
    close: move('closed', 'abandon'),
  },
  waiting: {
    online: move('sending', 'disarm', 'send'),
    offline: move('offline', 'disarm'),
    added: move('waiting'),
    empty: move('waiting'),
    answered: move('waiting'),
    failed: move('waiting'),
    due: move('sending', 'send'),
    nudged: move('sending', 'disarm', 'send'),
    close: move('closed', 'disarm'),
  },
  closed: {
    online: move('closed'),
    offline: move('closed'),
    added: move('closed'),
    empty: move('closed'),
    answered: move('closed'),
    failed: move('closed'),
    due: move('closed'),
    nudged: move('closed'),
    close: move('closed'),
  },
};
