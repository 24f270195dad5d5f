import type { Json } from '../../protocol/json.ts';
import type { Ticket } from '../../protocol/receipt.ts';
import type { Peers } from '../presence/peers.ts';
import type { Gone, PendingChange, PendingQueue } from '../push/pending-queue.ts';
import type { Told } from '../push/push-result.ts';
import type { News } from '../push/queue-diff.ts';
import type { Confirmed, Sighting } from './state-update.ts';
import type { ConnectionStatus } from './status.ts';

/** All that changes what a client shows. */
export type Message =
  | { readonly type: 'seen'; readonly sighting: Sighting }
  /** Pushed, by this tab or another one; stored already when it has a key. */
  | { readonly type: 'added'; readonly entry: PendingChange }
  /** The queue after a step of the push loop. */
  | {
      readonly type: 'queue';
      readonly queue: PendingQueue;
      readonly told: readonly Told[];
      readonly gone: readonly Gone[];
    }
  | { readonly type: 'link'; readonly link: ConnectionStatus }
  /** Outcomes that came by themselves: on a socket. */
  | { readonly type: 'outcomes'; readonly tickets: readonly Ticket[] }
  | { readonly type: 'peers'; readonly peers: Peers };

/** What one tab learns, it tells the others in the same words; of the queue it tells what has changed. */
export type TabMessage =
  | Exclude<Message, { readonly type: 'queue' }>
  | ({ readonly type: 'news' } & News)
  /** A tab has opened and knows nothing. */
  | { readonly type: 'hello' }
  /** The leader's answer, and what a new leader begins with. `hidden`: one that is looked at may take over. */
  | {
      readonly type: 'whole';
      readonly confirmed: Confirmed | undefined;
      readonly queue: PendingQueue;
      readonly link: ConnectionStatus;
      readonly peers: Peers;
      readonly visibility: 'visible' | 'hidden';
    }
  /** A tab is looked at, and browsers slow down the timers of those that are not. */
  | { readonly type: 'looking' }
  | { readonly type: 'present'; readonly data: Json; readonly ttl: number };
