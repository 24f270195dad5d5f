import { infoBoxes } from '../applications/info-boxes.ts';
import { todos } from '../applications/todos.ts';
import { createClient } from '../client/client.ts';
import type { Client } from '../client/open-client.ts';
import type { PushHandle } from '../client/push/push-handle.ts';
import type { Status } from '../client/state/status.ts';
import { memoryStorage } from '../client/storage/storage.ts';
import type { TransportMode } from '../client/transport/live-transports.ts';
import { Meter } from './meter.ts';
import type { Stopwatch } from './stopwatch.ts';
import { Store } from './store.ts';
import { toast } from './toast.ts';
import { flash } from './traffic.ts';

export type Boxes = Client<typeof infoBoxes>;
export type List = Client<typeof todos>;

/** A client's connections to the two applications. */
export interface Opened {
  readonly boxes: Boxes;
  readonly list: List;
}

export const APPLICATIONS = { boxes: 'demo/boxes', list: 'demo/list' } as const;
type Name = keyof typeof APPLICATIONS;

/** The controls of a pane, as far as a message is shown beside them. */
export type Control = 'box 1' | 'box 2' | 'box 3' | 'warning' | 'new entry' | 'list';

/** Why a change was not applied, and the control that has pushed it. */
export interface Rejection {
  readonly control: Control;
  readonly text: string;
}

/** Shows a push on the circle, measures it, and reports it beside its control when it is not applied. */
export type TrackPush = (name: Name, control: Control, push: PushHandle) => void;

/** One of the two clients of the page: a change in one must show in the other. */
export class DemoClient {
  readonly name: string;
  readonly meter = new Meter();
  readonly mode = new Store<TransportMode>('auto');
  readonly isOffline = new Store(false);
  /** The last push that was not applied; undefined after another push. */
  readonly rejection = new Store<Rejection | undefined>(undefined);
  readonly opened: Store<Opened>;
  readonly status: Store<Status>;
  readonly #stopwatch: Stopwatch;
  readonly #token: () => Promise<string> | undefined;
  /** In memory: it outlives a change of the transport, but not the page. Each has its own, as each is a client of its own. */
  readonly #storage = memoryStorage();
  readonly #networkListeners = new Set<() => void>();

  constructor(name: string, stopwatch: Stopwatch, token: () => Promise<string> | undefined) {
    this.name = name;
    this.#stopwatch = stopwatch;
    this.#token = token;
    const opened = this.#open();
    this.opened = new Store(opened);
    this.status = new Store(opened.boxes.status);
    this.#subscribe(opened);
  }

  setTransport(mode: TransportMode): void {
    this.mode.set(mode);
    this.reopen();
  }

  /** Closes both connections and opens them again, from what they had stored. */
  reopen(): void {
    this.close();
    const opened = this.#open();
    this.opened.set(opened);
    this.#subscribe(opened);
  }

  close(): void {
    const { boxes, list } = this.opened.value;
    boxes.close();
    list.close();
  }

  goOffline(): void {
    this.meter.disconnect();
    this.#networkChanged(true);
  }

  goOnline(): void {
    this.meter.reconnect();
    this.#networkChanged(false);
  }

  /**
   * Shows a push on the circle, measures it, and reports it when it is not applied.
   *
   * @param clients the clients that must show it
   */
  track(name: Name, control: Control, { accepted, applied }: PushHandle, clients: readonly DemoClient[]): void {
    const startedAt = performance.now();
    this.rejection.set(undefined);
    flash('push');
    accepted.then(
      ({ seq }) => {
        flash('bucket', 'queue');
        // Offline clients are not measured: their time offline says nothing about their transport.
        const online = clients.filter(({ isOffline }) => !isOffline.value);
        const views = online.map((client) => client.#view(name));
        this.#stopwatch.start(views, seq, startedAt);
      },
      () => undefined,
    );
    applied.catch((error: unknown) => {
      const text = error instanceof Error ? error.message : 'The change was not applied.';
      this.rejection.set({ control, text });
      toast(`${this.name}: ${text}`);
    });
  }

  #networkChanged(isOffline: boolean): void {
    this.isOffline.set(isOffline);
    for (const changed of this.#networkListeners) changed();
  }

  /** The name of a view for the stopwatch. */
  #view(name: Name): string {
    return `${this.name} ${name}`;
  }

  #open(): Opened {
    const token = this.#token();
    const common = {
      url: location.origin,
      transport: this.mode.value,
      storage: this.#storage,
      fetch: this.meter.fetch,
      WebSocket: this.meter.WebSocket,
      environment: { locks: undefined, isOnline: () => !this.meter.isOffline, watch: this.#watchNetwork },
      ...(token === undefined ? {} : { token: () => token }),
    };
    return {
      boxes: createClient({ ...common, application: APPLICATIONS.boxes, definition: infoBoxes }),
      list: createClient({ ...common, application: APPLICATIONS.list, definition: todos }),
    };
  }

  readonly #watchNetwork = (changed: () => void): (() => void) => {
    this.#networkListeners.add(changed);
    return () => this.#networkListeners.delete(changed);
  };

  #subscribe({ boxes, list }: Opened): void {
    this.#subscribeTo('boxes', boxes);
    this.#subscribeTo('list', list);
    boxes.subscribeStatus((status) => this.status.set(status));
    this.status.set(boxes.status);
  }

  #subscribeTo(name: Name, client: Pick<Boxes, 'subscribeStatus' | 'status'>): void {
    let { version } = client.status;
    client.subscribeStatus((status) => {
      if (status.version === version || status.version === undefined) return;
      version = status.version;
      flash('drain', 'state', 'poll', 'client');
      this.#stopwatch.updated(this.#view(name), version, status.transport);
    });
  }
}
