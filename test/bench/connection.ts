import { connect, type Socket } from 'node:net';
import type { Server } from './servers.ts';

export interface Sent {
  readonly method: 'GET' | 'PUT';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const HEAD_END = '\r\n\r\n';
const STATUS_AT = 'HTTP/1.1 '.length;
const LAST_CHUNK = '\r\n0\r\n\r\n';
const LENGTH = /\r\ncontent-length: (\d+)/i;

/**
 * One HTTP/1.1 connection that is kept, one request at a time. Node's own client takes 70 µs of the generator's CPU
 * for each request, more than the servers that are to be measured; this takes 15.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #fixed: string;
  #received = '';
  #answered: ((status: number) => void) | undefined;
  #failed: ((error: Error) => void) | undefined;

  private constructor(socket: Socket, { url, token }: Server) {
    this.#socket = socket;
    this.#fixed = `Host: ${new URL(url).host}\r\n${token === '' ? '' : `Authorization: Bearer ${token}\r\n`}`;
    // One character for each byte: what is counted here are bytes.
    socket.setEncoding('latin1').setNoDelay(true);
    socket.on('data', (text) => this.#receive(String(text)));
    socket.on('error', (error) => this.#failed?.(error));
    socket.on('close', () => this.#failed?.(new Error('the server closed the connection')));
  }

  static open(server: Server): Promise<Connection> {
    const { hostname, port } = new URL(server.url);
    return new Promise((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port) }, () => resolve(new Connection(socket, server)));
      socket.once('error', reject);
    });
  }

  /** Resolves with the status when the whole answer is there. */
  send({ method, path, headers = {}, body }: Sent): Promise<number> {
    let head = `${method} ${path} HTTP/1.1\r\n${this.#fixed}`;
    for (const name in headers) head += `${name}: ${headers[name]}\r\n`;
    if (body !== undefined) head += `Content-Length: ${Buffer.byteLength(body)}\r\n`;
    this.#socket.write(`${head}\r\n${body ?? ''}`);
    return new Promise((resolve, reject) => {
      this.#answered = resolve;
      this.#failed = reject;
    });
  }

  close(): void {
    this.#failed = undefined;
    this.#socket.destroy();
  }

  #receive(text: string): void {
    this.#received += text;
    const headEnd = this.#received.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const head = this.#received.slice(0, headEnd);
    const status = Number(head.slice(STATUS_AT, STATUS_AT + 3));
    if (!isWhole(status, head, this.#received, headEnd + HEAD_END.length)) return;
    this.#received = '';
    this.#answered?.(status);
  }
}

const isWhole = (status: number, head: string, text: string, bodyAt: number): boolean => {
  if (status === 204 || status === 304) return true;
  const length = LENGTH.exec(head)?.[1];
  // Without a length it comes in chunks, the last of which is empty.
  return length === undefined ? text.endsWith(LAST_CHUNK) : text.length >= bodyAt + Number(length);
};
