import type { Environment, LockManager, Visibility } from '../platform/environment.ts';
import { Timer } from '../platform/timer.ts';
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
  /** A tab that has pushed, or is looked at, asks whether the leader is alive; the leader answers. */
  | { readonly type: 'ping' | 'pong' }
  /** Sent by the leader: when a tab asks for it, and when its own term begins. If it is `hidden`, a visible tab may take over. */
  | {
      readonly type: 'snapshot';
      readonly confirmed: Confirmed | undefined;
      readonly queue: PendingQueue;
      readonly connection: ConnectionStatus;
      readonly peers: Peers;
      readonly visibility: Visibility;
    }
  /** The leader has become hidden; a visible tab offers to lead. Browsers slow down the timers of hidden ones. */
  | { readonly type: 'hidden' | 'visible' }
  | ({ readonly type: 'set-presence' } & OwnPresence);

/** Called by the channel. */
export interface TabEvents {
  /** From now on this tab runs the loops, until it is closed or yields. */
  readonly lead: () => void;
  /** Another tab has taken the lead: the loops end. */
  readonly depose: () => void;
  readonly receive: (message: TabMessage) => void;
  /** This tab shares nothing with the others: it leads for itself. */
  readonly onUnshared: () => void;
}

/** The other tabs of this browser that show the same application to the same subject. */
export interface TabChannel {
  send(message: TabMessage): void;
  /** Lets the next tab lead, and waits for its turn again. */
  yield(): void;
  /** Takes the lead from a tab that does not answer. */
  takeOver(): void;
  close(): void;
}

/** For a tab that has no others, or can share nothing with them: it leads at once. */
export const singleTabChannel = ({ lead }: Pick<TabEvents, 'lead'>): TabChannel => {
  lead();
  return { send: () => undefined, yield: () => undefined, takeOver: () => undefined, close: () => undefined };
};

/** The channel of a name; a tab alone where the browser refuses channels or locks. */
export const openTabChannel = (name: string, environment: Environment, events: TabEvents): TabChannel => {
  const { locks } = environment;
  try {
    if (locks !== undefined) return sharedTabChannel(name, { ...environment, locks }, events);
  } catch {
    // Refused: site data are forbidden.
  }
  events.onUnshared();
  return singleTabChannel(events);
};

type LockingEnvironment = Environment & { readonly locks: LockManager };

/** A lock that is free, or stolen, is granted within so many ms. */
const STEAL_TIMEOUT_MS = 1_500;

/**
 * The tab that holds a lock leads. The browser grants the lock to the next tab in the moment in which the leader is
 * closed or killed: no election and no heartbeat is needed. A leader that is frozen keeps it, until a tab that waits
 * for an answer takes it.
 */
const sharedTabChannel = (name: string, environment: LockingEnvironment, events: TabEvents): TabChannel => {
  const { locks } = environment;
  const channel = new BroadcastChannel(name);
  const closing = new AbortController();
  const stealing = new Timer(environment);
  let release = (): void => undefined;
  channel.onmessage = ({ data }: { readonly data: unknown }) => events.receive(data as TabMessage);
  const leadAlone = (): void => {
    events.onUnshared();
    events.lead();
  };
  const requestLock = (isStolen: boolean): void => {
    let isHeld = false;
    const hold = (): Promise<void> =>
      new Promise((resolve) => {
        isHeld = true;
        stealing.clear();
        release = resolve;
        events.lead();
      });
    const request = locks.request(name, isStolen ? { steal: true } : { signal: closing.signal }, hold);
    request.catch(() => {
      // Rejects when the tab is closed before it has got the lock.
      if (closing.signal.aborted) return;
      if (!isHeld) leadAlone();
      else {
        // Another tab took it because this one did not answer.
        events.depose();
        requestLock(false);
      }
    });
  };
  try {
    requestLock(false);
  } catch (error) {
    channel.close();
    throw error;
  }
  return {
    // A request that ends after the tab was closed may still send: a closed channel would throw.
    send: (message) => closing.signal.aborted || channel.postMessage(message),
    yield: () => {
      const releaseLock = release;
      // Requested before the lock is released, so that this tab waits behind those that wait already.
      requestLock(false);
      releaseLock();
    },
    takeOver: () => {
      stealing.set(STEAL_TIMEOUT_MS, leadAlone);
      requestLock(true);
    },
    close: () => {
      stealing.clear();
      closing.abort();
      release();
      channel.close();
    },
  };
};
