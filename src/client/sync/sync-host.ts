import type { Environment } from '../platform/environment.ts';
import type { HttpClient } from '../platform/http-client.ts';
import type { Subscribers } from '../platform/subscribers.ts';
import type { GiveUp } from '../push/give-up.ts';
import type { PendingChange } from '../push/pending-queue.ts';
import type { PushPromises } from '../push/push-promises.ts';
import type { TicketPoller } from '../push/ticket-poller.ts';
import type { LocalState } from '../state/local-state.ts';
import type { StateUpdate } from '../state/state-update.ts';

/** Keeps a tab's changes and runs the loops: for this tab alone, or for all tabs of a browser. */
export interface SyncHost {
  /** Resolves when the stored changes have been read and show. */
  readonly ready: Promise<void>;
  /** Shows a change, stores it and has it sent. */
  add(entry: PendingChange): void;
  /** Replaces members of a held change, and has the push loop look at it. */
  amend(entry: PendingChange): void;
  /** Takes a state that was read beside the transport. */
  receive(update: StateUpdate): void;
  close(): void;
}

/** The parts of one tab that a host works on. */
export interface TabContext {
  readonly environment: Environment;
  readonly http: HttpClient;
  readonly local: LocalState;
  readonly promises: PushPromises;
  readonly ticketPoller: TicketPoller;
  readonly subscribers: Subscribers<LocalState>;
  /** The option of that name. */
  readonly giveUp: GiveUp | undefined;
}

export type MakeSyncHost<Host extends SyncHost> = (tab: TabContext) => Host;
