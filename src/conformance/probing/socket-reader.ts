import { SOCKET_PROTOCOL, TOKEN_PROTOCOL } from '../../protocol/frames.ts';
import type { Json } from '../../protocol/json.ts';
import { type Members, membersOf } from './answer.ts';
import type { ProbedApplication } from './probed-application.ts';
import { NotTestable, Violation } from './violation.ts';

const FRAME_MS = 8_000;

/** A socket, as a check uses it. */
export class SocketReader {
  readonly #socket: WebSocket;
  readonly #frames: string[] = [];
  #closed: CloseEvent | undefined;
  #notify: () => void = () => undefined;

  /** Opens a socket with the target's token, or with another one; null offers none. */
  static async open(
    app: ProbedApplication,
    token: string | null | undefined = app.probe.target.token,
  ): Promise<SocketReader> {
    if (typeof WebSocket === 'undefined') throw new NotTestable('this Node has no WebSocket: needs Node 22');
    const protocols = token == null ? [SOCKET_PROTOCOL] : [SOCKET_PROTOCOL, TOKEN_PROTOCOL + token];
    const socket = new WebSocket(`${app.probe.target.url.replace(/^http/, 'ws')}${app.path}/socket`, protocols);
    const reader = new SocketReader(socket);
    await reader.#until(
      () => (socket.readyState === WebSocket.CONNECTING ? undefined : true),
      'The socket did not open.',
    );
    if (socket.readyState !== WebSocket.OPEN) throw new Violation('The socket did not open.');
    return reader;
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('open', () => this.#notify());
    socket.addEventListener('error', () => this.#notify());
    socket.addEventListener('message', ({ data }) => {
      this.#frames.push(String(data));
      this.#notify();
    });
    socket.addEventListener('close', (event) => {
      this.#closed = event;
      this.#notify();
    });
  }

  send(frame: Json): void {
    this.#socket.send(JSON.stringify(frame));
  }

  sendText(text: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(text);
  }

  /** The next frame of one of these types; others are passed over. */
  async next(...types: readonly string[]): Promise<Members> {
    for (;;) {
      const text = await this.#until(() => this.#frames.shift(), `No frame ${types.join(' or ')} came within 8 s.`);
      const frame = membersOf(text === 'pong' ? { type: 'pong' } : (JSON.parse(text) as Json));
      if (types.includes(String(frame['type']))) return frame;
    }
  }

  /** The event that ends the socket. */
  closed(): Promise<CloseEvent> {
    return this.#until(() => this.#closed, 'The socket was not closed within 8 s.');
  }

  close(): void {
    this.#socket.close();
  }

  /** @throws Violation with the sentence when there is no value in time */
  async #until<T>(value: () => T | undefined, otherwise: string): Promise<T> {
    const deadline = Date.now() + FRAME_MS;
    for (;;) {
      const found = value();
      if (found !== undefined) return found;
      if (Date.now() > deadline) throw new Violation(otherwise);
      await new Promise<void>((resolve) => {
        this.#notify = resolve;
        setTimeout(resolve, 500);
      });
    }
  }
}
