import type { ClientFrame, ServerFrame } from '../../src/protocol/frames.ts';
import type { Json } from '../../src/protocol/json.ts';
import { readServerFrame } from './frames.ts';

// How readers and writers reach an application. Nothing here knows where they run: the same ones are used with an
// object in the Workers pool and with a workerd of its own.

/** A change of the kind `document`. */
export interface Change {
  readonly name: 'merge' | 'patch';
  readonly args: Json;
}

/** What a reader needs of a WebSocket; workerd's and Node's both have it. */
export interface Wire {
  send(text: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'message', hear: (event: { data: unknown }) => void): void;
  addEventListener(type: 'close' | 'error', end: () => void): void;
  /** Only where messages wait until somebody wants them. */
  accept?(): void;
}

/** How an application is reached. */
export interface Place {
  /** `GET …/state` */
  state(headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Response>;
  /** An open socket of the protocol, let in. */
  socket(): Promise<Wire>;
  /** `PUT …/changes/{client}/{n}` */
  push(client: string, n: number, change: Change, headers: Readonly<Record<string, string>>): Promise<Response>;
}

/** What may be said to anybody at any time, and means "again" [Q1]. Everything else that is no success is a fault. */
export const isPassing = (status: number): boolean => status >= 500 || status === 429;

/** What a wire has brought, in order, for whoever asks. */
export class Inbox {
  readonly #wire: Wire;
  readonly #frames: ServerFrame[] = [];
  #isOver = false;
  #wake: () => void = () => undefined;

  constructor(wire: Wire) {
    this.#wire = wire;
    wire.addEventListener('message', ({ data }) => {
      this.#frames.push(readServerFrame(String(data)));
      this.#wake();
    });
    for (const type of ['close', 'error'] as const) wire.addEventListener(type, () => this.#end());
    wire.accept?.();
  }

  send(frame: ClientFrame): void {
    this.#wire.send(JSON.stringify(frame));
  }

  /** The next frame; undefined once the wire is closed. Marks are answered when their turn comes. */
  async next(): Promise<ServerFrame | undefined> {
    for (;;) {
      if (this.#isOver) return undefined;
      const frame = this.#frames.shift();
      if (frame?.type === 'mark') this.send({ type: 'ack', mark: frame.mark });
      else if (frame !== undefined) return frame;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }

  /** What has been heard and not asked for is forgotten. */
  close(): void {
    this.#end();
    try {
      this.#wire.close(1000, 'done');
    } catch {
      // It is closed already.
    }
  }

  #end(): void {
    this.#isOver = true;
    this.#wake();
  }
}
