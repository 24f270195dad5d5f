/**
 * The states of the push loop. At most one request is in flight; changes that are pushed meanwhile go with the next one.
 *
 * ```text
 *          change-added     failed
 *   idle --------> sending --------> waiting
 *     ^    empty   |  ^ answered       |  retry-due, retry-now, online
 *     +------------+  +----------------+
 * ```
 */
export type PushLoopState = 'offline' | 'idle' | 'sending' | 'waiting' | 'closed';

export type PushLoopEvent =
  | 'online'
  | 'offline'
  /** A change has been stored and may be sent. */
  | 'change-added'
  /** No change has to be sent. */
  | 'empty'
  /** The request in flight was answered: the next one may be sent. */
  | 'answered'
  /** The request in flight got no answer, or must be sent again later. */
  | 'failed'
  | 'retry-due'
  /** The transport has changed: waiting any longer makes no sense. */
  | 'retry-now'
  | 'close';

export type PushLoopEffect = 'send' | 'schedule-retry' | 'cancel-retry' | 'abort' | 'reset-failures';

/** The next state, and the effects on the way there, in order. */
type Transition = readonly [to: PushLoopState, ...effects: readonly PushLoopEffect[]];

/** Every event in every state: the compiler demands each cell. */
export const PUSH_LOOP_TRANSITIONS: Readonly<Record<PushLoopState, Readonly<Record<PushLoopEvent, Transition>>>> = {
  offline: {
    online: ['sending', 'send'],
    offline: ['offline'],
    'change-added': ['offline'],
    empty: ['offline'],
    answered: ['offline'],
    failed: ['offline'],
    'retry-due': ['offline'],
    'retry-now': ['offline'],
    close: ['closed'],
  },
  idle: {
    online: ['idle'],
    offline: ['offline'],
    'change-added': ['sending', 'send'],
    empty: ['idle'],
    answered: ['idle'],
    failed: ['idle'],
    'retry-due': ['idle'],
    'retry-now': ['idle'],
    close: ['closed'],
  },
  sending: {
    online: ['sending'],
    offline: ['offline', 'abort'],
    'change-added': ['sending'],
    empty: ['idle'],
    answered: ['sending', 'reset-failures', 'send'],
    failed: ['waiting', 'schedule-retry'],
    'retry-due': ['sending'],
    'retry-now': ['sending'],
    close: ['closed', 'abort'],
  },
  waiting: {
    online: ['sending', 'cancel-retry', 'send'],
    offline: ['offline', 'cancel-retry'],
    'change-added': ['waiting'],
    empty: ['waiting'],
    answered: ['waiting'],
    failed: ['waiting'],
    'retry-due': ['sending', 'send'],
    'retry-now': ['sending', 'cancel-retry', 'send'],
    close: ['closed', 'cancel-retry'],
  },
  closed: {
    online: ['closed'],
    offline: ['closed'],
    'change-added': ['closed'],
    empty: ['closed'],
    answered: ['closed'],
    failed: ['closed'],
    'retry-due': ['closed'],
    'retry-now': ['closed'],
    close: ['closed'],
  },
};
