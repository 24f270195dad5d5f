/** What the client reads of a socket's events. */
export interface SocketEvent {
  readonly data?: unknown;
  readonly code?: number;
  readonly reason?: string;
}

/** As much of a `WebSocket` as is needed: those of browsers, Node and Workers fit, and so does a test's. */
export interface SocketLike {
  readonly readyState: number;
  send(text: string): void;
  close(): void;
  addEventListener(type: string, listener: (event: SocketEvent) => void): void;
  removeEventListener(type: string, listener: (event: SocketEvent) => void): void;
}

export type SocketConstructor = new (url: string, protocols: string[]) => SocketLike;

/** As much of the Web Locks as is needed. */
export interface LockManager {
  request(name: string, options: { readonly signal: AbortSignal }, hold: () => Promise<void>): Promise<unknown>;
}

export type Visibility = 'visible' | 'hidden';

/** All that the client needs of the place it runs in. Tests bring their own clock, chance and network. */
export interface Environment {
  readonly fetch: typeof fetch;
  /** Undefined where there is none: `auto` then polls. */
  readonly WebSocket?: SocketConstructor | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Calls once, later, unless the answer is called before. */
  readonly setTimer: (ms: number, call: () => void) => () => void;
  readonly isOnline: () => boolean;
  readonly visibility: () => Visibility;
  /** Calls whenever one of the two above may have changed, until the answer is called. */
  readonly watch: (changed: () => void) => () => void;
  readonly newId: () => string;
  /** Web Locks: tabs choose a leader by them. Without, each tab runs its own loops. */
  readonly locks?: LockManager | undefined;
}

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

/** The surroundings of a browser, of Node or of a Worker. */
export const defaultEnvironment = (given: Partial<Environment> = {}): Environment => ({
  // Not `fetch` itself: browsers refuse to call it as another object's method.
  fetch: (input, init) => fetch(input, init),
  now: () => Date.now(),
  random: () => Math.random(),
  setTimer: (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
  // Node has a navigator without `onLine`; only a clear "no" is one.
  isOnline: () => globals.navigator?.onLine !== false,
  visibility: () => (globals.document?.visibilityState === 'hidden' ? 'hidden' : 'visible'),
  watch: watchPage,
  newId,
  ...given,
});

const watchPage = (changed: () => void): (() => void) => {
  const page = globals.document;
  if (page === undefined) return () => undefined;
  const places = [
    [globals, 'online'],
    [globals, 'offline'],
    [page, 'visibilitychange'],
  ] as const;
  for (const [target, type] of places) target.addEventListener(type, changed);
  return () => {
    for (const [target, type] of places) target.removeEventListener(type, changed);
  };
};

/** Not `randomUUID`: browsers keep that for pages that came over TLS or from this machine. */
const newId = (): string =>
  [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
