import type { LockManager } from '../platform/environment.ts';
import type { TabMessage } from '../state/state-messages.ts';

/** What a tab does when its turn comes, and what it hears. */
export interface TabEvents {
  /** From now on this tab runs the loops; it does so until it is closed or yields. */
  readonly lead: () => void;
  readonly receive: (message: TabMessage) => void;
}

/** The other tabs of this browser that show the same application. */
export interface TabChannel {
  send(message: TabMessage): void;
  /** Lets another tab lead, and stands in line again. */
  yield(): void;
  close(): void;
}

/** Where tabs cannot see each other, or share nothing, each one leads for itself. */
export const singleTabChannel = ({ lead }: TabEvents): TabChannel => {
  lead();
  return { send: () => undefined, yield: () => undefined, close: () => undefined };
};

/**
 * One tab leads: the one that holds a lock. The browser gives it to the next in line in the moment its tab is closed,
 * killed or frozen away, so nobody needs to be asked and no heartbeat to be missed.
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
    // Rejects when the tab is closed while it stands in line.
    locks.request(name, { signal: closing.signal }, hold).catch(() => undefined);
  };
  requestLock();
  channel.postMessage({ type: 'hello' } satisfies TabMessage);
  return {
    // What ends late has nobody to tell.
    send: (message) => closing.signal.aborted || channel.postMessage(message),
    yield: () => {
      const leave = release;
      // In line before the lock is free, behind those who stand there already.
      requestLock();
      leave();
    },
    close: () => {
      closing.abort();
      release();
      channel.close();
    },
  };
};
