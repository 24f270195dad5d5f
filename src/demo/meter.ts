import type { ClientOptions } from '../client/options.ts';
import { Store } from './store.ts';

/** The network traffic since the page was opened. */
export interface Counts {
  readonly requests: number;
  /** Socket messages, both ways. */
  readonly frames: number;
  /** Characters of bodies and messages, both ways. They are bytes as long as the text is ASCII. */
  readonly bytes: number;
}

type Socket = NonNullable<ClientOptions['WebSocket']>;

/** The network of one client: counts its traffic, and can take it offline. */
export class Meter {
  readonly counts = new Store<Counts>({ requests: 0, frames: 0, bytes: 0 });
  readonly #sockets = new Set<WebSocket>();
  #isOffline = false;

  get isOffline(): boolean {
    return this.#isOffline;
  }

  /** Closes sockets and fails requests, as without a network, until `reconnect`. */
  disconnect(): void {
    this.#isOffline = true;
    for (const socket of this.#sockets) socket.close();
  }

  reconnect(): void {
    this.#isOffline = false;
  }

  readonly fetch: typeof fetch = async (input, init) => {
    if (this.isOffline) throw new TypeError('The offline switch is on.');
    this.#count({ requests: 1, bytes: typeof init?.body === 'string' ? init.body.length : 0 });
    const response = await fetch(input, init);
    return new Response(response.body?.pipeThrough(this.#countBytes()) ?? null, response);
  };

  get WebSocket(): Socket {
    const meter = this;
    return class extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols);
        meter.#add(this);
      }

      override send(text: string): void {
        meter.#count({ frames: 1, bytes: text.length });
        super.send(text);
      }
    };
  }

  #add(socket: WebSocket): void {
    this.#sockets.add(socket);
    this.#count({ requests: 1 });
    if (this.isOffline) socket.close();
    socket.addEventListener('message', ({ data }) => this.#count({ frames: 1, bytes: String(data).length }));
    socket.addEventListener('close', () => this.#sockets.delete(socket));
  }

  #countBytes(): TransformStream<Uint8Array, Uint8Array> {
    return new TransformStream({
      transform: (chunk, controller) => {
        if (this.isOffline) throw new TypeError('The offline switch is on.');
        this.#count({ bytes: chunk.length });
        controller.enqueue(chunk);
      },
    });
  }

  #count({ requests = 0, frames = 0, bytes = 0 }: Partial<Counts>): void {
    const { value } = this.counts;
    this.counts.set({
      requests: value.requests + requests,
      frames: value.frames + frames,
      bytes: value.bytes + bytes,
    });
  }
}
