import type { Locks } from '../sync/tab-channel.ts';
import type { SocketConstructor } from './environment.ts';

interface Listening {
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

/** What a browser, Node or a Worker may have; each lacks some of it. */
export const place = globalThis as unknown as Listening & {
  readonly WebSocket?: SocketConstructor;
  readonly navigator?: { readonly onLine?: boolean; readonly locks?: Locks };
  readonly document?: Listening & { readonly visibilityState: string };
  readonly indexedDB?: object;
};
