import type { Json } from '../../protocol/json.ts';
import type { Ticket } from '../../protocol/receipt.ts';
import type { Peers } from '../presence/peers.ts';
import type { PendingChange, PendingQueue } from '../push/pending-queue.ts';
import type { QueueUpdate } from '../push/push-result.ts';
import type { QueueDiff } from '../push/queue-diff.ts';
import type { Confirmed, StateUpdate } from './state-update.ts';
import type { ConnectionStatus } from './status.ts';

/** All that changes what a client shows. */
export type StateMessage =
  | { readonly type: 'state-update'; readonly update: StateUpdate }
  /** Pushed, by this tab or another one; stored already when it has a key. */
  | { readonly type: 'change-added'; readonly entry: PendingChange }
  /** The queue after a step of the push loop. */
  | ({ readonly type: 'queue' } & QueueUpdate)
  | { readonly type: 'connection'; readonly connection: ConnectionStatus }
  /** Outcomes that came by themselves: on a socket. */
  | { readonly type: 'outcomes'; readonly tickets: readonly Ticket[] }
  | { readonly type: 'peers'; readonly peers: Peers };

/** What one tab learns, it tells the others in the same words; of the queue it tells what has changed. */
export type TabMessage =
  | Exclude<StateMessage, { readonly type: 'queue' }>
  | ({ readonly type: 'queue-diff' } & QueueDiff)
  /** A tab has opened and knows nothing. */
  | { readonly type: 'hello' }
  /** The leader's answer, and what a new leader begins with. `hidden`: one that is looked at may take over. */
  | {
      readonly type: 'snapshot';
      readonly confirmed: Confirmed | undefined;
      readonly queue: PendingQueue;
      readonly connection: ConnectionStatus;
      readonly peers: Peers;
      readonly visibility: 'visible' | 'hidden';
    }
  /** A tab is looked at, and browsers slow down the timers of those that are not. */
  | { readonly type: 'visible' }
  | { readonly type: 'set-presence'; readonly data: Json; readonly ttl: number };
