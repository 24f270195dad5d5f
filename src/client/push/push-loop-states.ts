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
export type PushLoopState = 'offline' | 'idle' | 'sending' | 'waiting' | 'closed';

export type PushLoopEvent =
  | 'online'
  | 'offline'
  /** A change has been stored and may be sent. */
  | 'change-added'
  /** There was nothing to send. */
  | 'empty'
  /** The request in flight was accepted, refused, or renumbered: the next one may go. */
  | 'answered'
  /** Nobody knows what became of the request in flight, or the server asked to come later. */
  | 'failed'
  | 'retry-due'
  /** There is news of the way to the server: another transport, a fresh token. */
  | 'retry-now'
  | 'close';

export type PushLoopEffect = 'send' | 'schedule-retry' | 'cancel-retry' | 'abort' | 'reset-failures';

interface Transition {
  readonly to: PushLoopState;
  readonly effects: readonly PushLoopEffect[];
}

const transition = (to: PushLoopState, ...effects: readonly PushLoopEffect[]): Transition => ({ to, effects });

/** Every event in every state: the compiler demands each cell. */
export const PUSH_LOOP_TRANSITIONS: Readonly<Record<PushLoopState, Readonly<Record<PushLoopEvent, Transition>>>> = {
  offline: {
    online: transition('sending', 'send'),
    offline: transition('offline'),
    'change-added': transition('offline'),
    empty: transition('offline'),
    answered: transition('offline'),
    failed: transition('offline'),
    'retry-due': transition('offline'),
    'retry-now': transition('offline'),
    close: transition('closed'),
  },
  idle: {
    online: transition('idle'),
    offline: transition('offline'),
    'change-added': transition('sending', 'send'),
    empty: transition('idle'),
    answered: transition('idle'),
    failed: transition('idle'),
    'retry-due': transition('idle'),
    'retry-now': transition('idle'),
    close: transition('closed'),
  },
  sending: {
    online: transition('sending'),
    offline: transition('offline', 'abort'),
    'change-added': transition('sending'),
    empty: transition('idle'),
    answered: transition('sending', 'reset-failures', 'send'),
    failed: transition('waiting', 'schedule-retry'),
    'retry-due': transition('sending'),
    'retry-now': transition('sending'),
    close: transition('closed', 'abort'),
  },
  waiting: {
    online: transition('sending', 'cancel-retry', 'send'),
    offline: transition('offline', 'cancel-retry'),
    'change-added': transition('waiting'),
    empty: transition('waiting'),
    answered: transition('waiting'),
    failed: transition('waiting'),
    'retry-due': transition('sending', 'send'),
    'retry-now': transition('sending', 'cancel-retry', 'send'),
    close: transition('closed', 'cancel-retry'),
  },
  closed: {
    online: transition('closed'),
    offline: transition('closed'),
    'change-added': transition('closed'),
    empty: transition('closed'),
    answered: transition('closed'),
    failed: transition('closed'),
    'retry-due': transition('closed'),
    'retry-now': transition('closed'),
    close: transition('closed'),
  },
};
