import { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

/** A socket as the stream of messages that ShareDB takes. */
export class SocketStream extends Duplex {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    super({ objectMode: true });
    this.#socket = socket;
    socket.on('message', (data) => this.push(JSON.parse(String(data))));
    socket.on('close', () => {
      this.push(null);
      this.destroy();
    });
  }

  override _read(): void {}

  override _write(message: unknown, _: string, done: (error?: Error) => void): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(message));
    done();
  }
}
