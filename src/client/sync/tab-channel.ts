import type { LockManager, Visibility } from '../platform/environment.ts';
import type { OwnPresence, Peers } from '../presence/peers.ts';
import type { PendingQueue } from '../push/pending-queue.ts';
import type { QueueDiff } from '../push/queue-diff.ts';
import type { StateMessage } from '../state/state-messages.ts';
import type { Confirmed } from '../state/state-update.ts';
import type { ConnectionStatus } from '../state/status.ts';

/** A message between tabs: what one has dispatched, the queue as a diff; and what they need to find a leader. */
export type TabMessage =
  | Exclude<StateMessage, { readonly type: 'queue' }>
  | ({ readonly type: 'queue-diff' } & QueueDiff)
  /** A tab was opened and asks for a snapshot. */
  | { readonly type: 'hello' }
  /** Sent by the leader: when a tab asks for it, and when its own term begins. If it is `hidden`, a visible tab may take over. */
  | {
      readonly type: 'snapshot';
      readonly confirmed: Confirmed | undefined;
      readonly queue: PendingQueue;
      readonly connection: ConnectionStatus;
      readonly peers: Peers;
      readonly visibility: Visibility;
    }
  /** A tab is visible and offers to lead: browsers slow down the timers of hidden ones. */
  | { readonly type: 'visible' }
  | ({ readonly type: 'set-presence' } & OwnPresence);

/** Called by the channel. */
export interface TabEvents {
  /** From now on this tab runs the loops, until it is closed or yields. */
  readonly lead: () => void;
  readonly receive: (message: TabMessage) => void;
}

/** The other tabs of this browser that show the same application. */
export interface TabChannel {
  send(message: TabMessage): void;
  /** Lets the next tab lead, and waits for its turn again. */
  yield(): void;
  close(): void;
}

/** For a tab that has no others, or shares no store with them: it leads at once. */
export const singleTabChannel = ({ lead }: TabEvents): TabChannel => {
  lead();
  return { send: () => undefined, yield: () => undefined, close: () => undefined };
};

/**
 * The tab that holds a lock leads. The browser grants the lock to the next tab in the moment in which the leader is
 * closed, killed or frozen: no election and no heartbeat is needed.
 */
export const sharedTabChannel = (name: string, locks: LockManager, { lead, receive }: TabEvents): TabChannel => {
  const channel = new BroadcastChannel(name);
  const closing = new AbortController();
  let release = (): void => undefined;
  channel.onmessage = ({ data }: { readonly data: unknown }) => receive(data as TabMessage);
  const requestLock = (): void => {
    const hold = (): Promise<void> =>
      new Promise((resolve) => {
        release = resolve;
        lead();
      });
    // Rejects when the tab is closed before it has got the lock.
    locks.request(name, { signal: closing.signal }, hold).catch(() => undefined);
  };
  requestLock();
  channel.postMessage({ type: 'hello' } satisfies TabMessage);
  return {
    // A request that ends after the tab was closed may still send: a closed channel would throw.
    send: (message) => closing.signal.aborted || channel.postMessage(message),
    yield: () => {
      const releaseLock = release;
      // Requested before the lock is released, so that this tab waits behind those that wait already.
      requestLock();
      releaseLock();
    },
    close: () => {
      closing.abort();
      release();
      channel.close();
    },
  };
};
