import { infoBoxes } from '../applications/info-boxes.ts';
import { todos } from '../applications/todos.ts';
import { type Client, createClient } from '../client/client.ts';
import type { PushHandle } from '../client/push/push-promises.ts';
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

/** The two applications that a seat has open. */
export interface Opened {
  readonly boxes: Boxes;
  readonly list: List;
}

export const APPLICATIONS = { boxes: 'demo/boxes', list: 'demo/list' } as const;
type Name = keyof typeof APPLICATIONS;

/** One of the two clients that sit side by side: whatever is done to one of them must show in the other. */
export class DemoClient {
  readonly name: string;
  readonly meter = new Meter();
  readonly mode = new Store<TransportMode>('auto');
  readonly isOffline = new Store(false);
  readonly opened: Store<Opened>;
  readonly status: Store<Status>;
  readonly #stopwatch: Stopwatch;
  readonly #token: () => Promise<string> | undefined;
  /** In memory, so that it outlives a change of the transport and no more: each seat is a client of its own. */
  readonly #storage = memoryStorage();
  readonly #watchers = new Set<() => void>();

  constructor(name: string, stopwatch: Stopwatch, token: () => Promise<string> | undefined) {
    this.name = name;
    this.#stopwatch = stopwatch;
    this.#token = token;
    const opened = this.#open();
    this.opened = new Store(opened);
    this.status = new Store(opened.boxes.status);
    this.#follow(opened);
  }

  choose(mode: TransportMode): void {
    this.mode.set(mode);
    this.reopen();
  }

  /** Ends the clients and begins again with what they had kept. */
  reopen(): void {
    const { boxes, list } = this.opened.value;
    boxes.close();
    list.close();
    const opened = this.#open();
    this.opened.set(opened);
    this.#follow(opened);
  }

  goOffline(): void {
    this.meter.cut();
    this.#networkChanged(true);
  }

  goOnline(): void {
    this.meter.reconnect();
    this.#networkChanged(false);
  }

  /** Follows a push on its way around the circle. @param places where it must show */
  sent(name: Name, { accepted, applied }: PushHandle, clients: readonly DemoClient[]): void {
    const begun = performance.now();
    flash('push');
    accepted.then(
      ({ seq }) => {
        flash('bucket', 'queue');
        // How long a seat was offline says nothing of its transport.
        const present = clients.filter(({ isOffline }) => !isOffline.value);
        this.#stopwatch.begin(
          present.map((seat) => seat.#place(name)),
          seq,
          begun,
        );
      },
      () => undefined,
    );
    applied.catch((error: unknown) => {
      toast(`${this.name}: ${error instanceof Error ? error.message : 'The change was refused.'}`);
    });
  }

  #networkChanged(isOffline: boolean): void {
    this.isOffline.set(isOffline);
    for (const changed of this.#watchers) changed();
  }

  #place(name: Name): string {
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
      environment: { locks: undefined, isOnline: () => !this.meter.isCut, watch: this.#watch },
      ...(token === undefined ? {} : { token: () => token }),
    };
    return {
      boxes: createClient({ ...common, application: APPLICATIONS.boxes, definition: infoBoxes }),
      list: createClient({ ...common, application: APPLICATIONS.list, definition: todos }),
    };
  }

  readonly #watch = (changed: () => void): (() => void) => {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  };

  #follow({ boxes, list }: Opened): void {
    this.#followOne('boxes', boxes);
    this.#followOne('list', list);
    boxes.subscribeStatus((status) => this.status.set(status));
    this.status.set(boxes.status);
  }

  #followOne(name: Name, client: Pick<Boxes, 'subscribeStatus' | 'status'>): void {
    let { version } = client.status;
    client.subscribeStatus((status) => {
      if (status.version === version || status.version === undefined) return;
      version = status.version;
      flash('drain', 'state', 'poll', 'client');
      this.#stopwatch.saw(this.#place(name), version, status.transport);
    });
  }
}
