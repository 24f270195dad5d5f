import type { LockManager } from '../sync/tab-channel.ts';
import type { SocketConstructor } from './environment.ts';

interface EventSource {
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

/** What a browser, Node or a Worker may have; each lacks some of it. */
export const globals = globalThis as unknown as EventSource & {
  readonly WebSocket?: SocketConstructor;
  readonly navigator?: { readonly onLine?: boolean; readonly locks?: LockManager };
  readonly document?: EventSource & { readonly visibilityState: string };
  readonly indexedDB?: object;
};
