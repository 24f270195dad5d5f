import type { Ticket } from '../../protocol/receipt.ts';
import type { Peers } from '../presence/peers.ts';
import type { PendingChange } from '../push/pending-queue.ts';
import type { QueueUpdate } from '../push/push-result.ts';
import type { Confirmed, StateUpdate } from './state-update.ts';
import type { ConnectionStatus } from './status.ts';

/** Everything that changes what a client shows. */
export type StateMessage =
  | { readonly type: 'state-update'; readonly update: StateUpdate }
  /** A push of this tab or of another one. It is stored once it has a key. */
  | { readonly type: 'change-added'; readonly entry: PendingChange }
  | ({ readonly type: 'queue' } & QueueUpdate)
  | { readonly type: 'connection'; readonly connection: ConnectionStatus }
  /** Outcomes that the server sent unasked, over a socket. */
  | { readonly type: 'outcomes'; readonly tickets: readonly Ticket[] }
  | { readonly type: 'peers'; readonly peers: Peers };

/** The message for a confirmed state that was stored or that another tab has sent; none when there is none. */
export const stateUpdateOf = (confirmed: Confirmed | undefined): StateMessage[] =>
  confirmed === undefined ? [] : [{ type: 'state-update', update: { kind: 'state', ...confirmed } }];
