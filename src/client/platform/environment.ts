import type { DatabaseFactory } from './idb-requests.ts';

/** The members of a socket's events that the client reads. */
export interface SocketEvent {
  readonly data?: unknown;
  readonly code?: number;
  readonly reason?: string;
}

/** The members of a `WebSocket` that the client uses: those of browsers, Node and Workers fit. */
export interface SocketLike {
  readonly readyState: number;
  send(text: string): void;
  close(): void;
  addEventListener(type: string, listener: (event: SocketEvent) => void): void;
  removeEventListener(type: string, listener: (event: SocketEvent) => void): void;
}

/** A `WebSocket` class. */
export type SocketConstructor = new (url: string, protocols: string[]) => SocketLike;

/** The part of the Web Locks API that the client uses. */
export interface LockManager {
  /** With `steal`, the lock is taken from its holder, whose request rejects. */
  request(
    name: string,
    options: { readonly signal?: AbortSignal; readonly steal?: boolean },
    hold: () => Promise<void>,
  ): Promise<unknown>;
}

/** Whether the user can see the page. */
export type Visibility = 'visible' | 'hidden';

/** The platform functions that the client uses. Tests replace the clock, randomness and the network. */
export interface Environment {
  readonly fetch: typeof fetch;
  /** Undefined where the platform has none: `auto` then polls. */
  readonly WebSocket?: SocketConstructor | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Calls once after so many ms. @returns cancels it */
  readonly setTimer: (ms: number, call: () => void) => () => void;
  readonly isOnline: () => boolean;
  readonly visibility: () => Visibility;
  /** Calls whenever `isOnline` or `visibility` may have changed. @returns ends that */
  readonly watch: (changed: () => void) => () => void;
  /** A random name that nobody else has. */
  readonly newId: () => string;
  /** Web Locks, by which tabs elect a leader. Without them each tab makes its own requests. */
  readonly locks?: LockManager | undefined;
}

interface EventSource {
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

/** The globals that a browser, Node or a Worker may have; each lacks some. */
export const globals = globalThis as unknown as EventSource & {
  readonly WebSocket?: SocketConstructor;
  readonly navigator?: { readonly onLine?: boolean; readonly locks?: LockManager };
  readonly document?: EventSource & { readonly visibilityState: string };
  readonly indexedDB?: DatabaseFactory;
  readonly location?: { readonly origin: string };
};

/** Reads a global whose getter may throw: sandboxed frames and browsers that forbid all site data do so. */
export const readGlobal = <Value>(read: () => Value): Value | undefined => {
  try {
    return read();
  } catch {
    return undefined;
  }
};

/** The environment of a browser, of Node or of a Worker. @param replaced members to use instead */
export const defaultEnvironment = (replaced: Partial<Environment> = {}): Environment => ({
  // Not `fetch` itself: browsers throw when it is called as another object's method.
  fetch: (input, init) => fetch(input, init),
  now: () => Date.now(),
  random: () => Math.random(),
  setTimer: (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
  // Node's navigator has no `onLine`: undefined counts as online.
  isOnline: () => globals.navigator?.onLine !== false,
  visibility: () => (globals.document?.visibilityState === 'hidden' ? 'hidden' : 'visible'),
  watch: watchPage,
  newId,
  ...replaced,
});

const watchPage = (changed: () => void): (() => void) => {
  const page = globals.document;
  if (page === undefined) return () => undefined;
  const events = [
    [globals, 'online'],
    [globals, 'offline'],
    [page, 'visibilitychange'],
  ] as const;
  for (const [target, type] of events) target.addEventListener(type, changed);
  return () => {
    for (const [target, type] of events) target.removeEventListener(type, changed);
  };
};

/** 96 random bits. Not `randomUUID`: browsers offer that to secure contexts only (TLS, localhost). */
const newId = (): string =>
  [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
