import type { Ticket } from '../../protocol/receipt.ts';
import type { Peers } from '../presence/peers.ts';
import type { PendingChange } from '../push/pending-queue.ts';
import type { QueueUpdate } from '../push/push-response.ts';
import type { Confirmed, StateUpdate } from './state-update.ts';
import type { ConnectionStatus } from './status.ts';

/** Everything that changes what a client shows. */
export type StateMessage =
  /** @param isAnswer whether the server has sent it to this client: what it says of a seed is final */
  | { readonly type: 'state-update'; readonly update: StateUpdate; readonly isAnswer?: boolean }
  /** Pushes of this tab or of another one: of one turn. They are stored once they have keys, all or none. */
  | { readonly type: 'changes-added'; readonly entries: readonly PendingChange[] }
  | ({ readonly type: 'queue' } & QueueUpdate)
  /** What is confirmed is not shown any longer: the subject has lost the right to read it, or is another one now. */
  | { readonly type: 'state-dropped' }
  | { readonly type: 'connection'; readonly connection: ConnectionStatus }
  /** Outcomes that the server sent unasked, over a socket. */
  | { readonly type: 'outcomes'; readonly tickets: readonly Ticket[] }
  | { readonly type: 'peers'; readonly peers: Peers };

/** The message for a confirmed state that was stored or that another tab has sent; none when there is none. */
export const stateUpdateOf = (confirmed: Confirmed | undefined): StateMessage[] =>
  confirmed === undefined ? [] : [{ type: 'state-update', update: { kind: 'state', ...confirmed } }];
