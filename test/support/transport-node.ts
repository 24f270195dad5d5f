import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { SOCKET_PROTOCOL } from '../../src/protocol/frames.ts';
import type { Place, Wire } from './transport-place.ts';

/** An application of a server that runs elsewhere on this machine, under open access. */
export const placeAt = (url: string): Place => ({
  state: (headers, signal) => fetch(`${url}/state`, { headers, signal }),
  push: (client, n, { name, args }, headers) =>
    fetch(`${url}/changes/${client}/${n}`, {
      method: 'PUT',
      body: JSON.stringify({ name, args }),
      headers: { 'Content-Type': 'application/json', ...headers },
    }),
  socket: () =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(`${url.replace('http', 'ws')}/socket`, [SOCKET_PROTOCOL]);
      socket.addEventListener('open', () => resolve(socket as Wire));
      socket.addEventListener('error', () => reject(new Error('the socket did not open')));
    }),
});

/** The workerd that this process has started and that listens on the port of the URL. */
export const pidOf = (url: string): number => {
  const config = `workerd-${new URL(url).port}.capnp`;
  // A child belongs to the thread that started it.
  const children = readdirSync('/proc/self/task').flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8').trim().split(' '),
  );
  const pid = children.find((child) => child !== '' && readFileSync(`/proc/${child}/cmdline`, 'utf8').includes(config));
  if (pid === undefined) throw new Error(`nobody serves ${url}`);
  return Number(pid);
};

/** Memory that a process takes up, in bytes. */
export const residentBytes = (pid: number): number =>
  1_024 * Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

const TEXT = 1;
const CLOSE = 8;
const FINAL = 0x80;
const MASKED = 0x80;

/** A frame of a client (RFC 6455, 5.2). */
const frameOf = (opcode: number, payload: Buffer): Buffer => {
  const mask = randomBytes(4);
  const { length } = payload;
  if (length > 125) throw new Error('these tests send short frames only');
  const masked = payload.map((byte, index) => byte ^ (mask[index % 4] as number));
  return Buffer.concat([Buffer.from([FINAL | opcode, MASKED | length]), mask, masked]);
};

/** Where the payload of the first frame begins and ends; undefined while the head is not there. */
const extentOf = (bytes: Buffer): readonly [from: number, to: number] | undefined => {
  const short = bytes[1];
  if (short === undefined || bytes.length < 10) return short !== undefined && short < 126 ? [2, 2 + short] : undefined;
  if (short === 126) return [4, 4 + bytes.readUInt16BE(2)];
  return short === 127 ? [10, 10 + Number(bytes.readBigUInt64BE(2))] : [2, 2 + short];
};

/**
 * A WebSocket made by hand over TCP, because the ones of the platform read whether anybody listens or not: this one
 * can stop reading, so that what it is sent stays with the sender.
 */
export class RawWire implements Wire {
  readonly #tcp: Socket;
  readonly #hear: ((event: { data: unknown }) => void)[] = [];
  readonly #ends: (() => void)[] = [];
  #bytes: Buffer;

  static open(url: string): Promise<RawWire> {
    const { hostname, port, pathname } = new URL(`${url}/socket`);
    const tcp = connect(Number(port), hostname);
    const headers = [
      `GET ${pathname} HTTP/1.1`,
      `Host: ${hostname}:${port}`,
      ...['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13'],
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
      `Sec-WebSocket-Protocol: ${SOCKET_PROTOCOL}`,
    ];
    tcp.write(`${headers.join('\r\n')}\r\n\r\n`);
    return new Promise((resolve, reject) => {
      let bytes = Buffer.alloc(0);
      tcp.on('error', reject);
      tcp.on('data', function answer(more: Buffer) {
        bytes = Buffer.concat([bytes, more]);
        const end = bytes.indexOf('\r\n\r\n');
        if (end < 0) return;
        tcp.off('data', answer);
        const line = bytes.subarray(0, bytes.indexOf('\r\n')).toString();
        if (line.startsWith('HTTP/1.1 101')) resolve(new RawWire(tcp, bytes.subarray(end + 4)));
        else reject(new Error(line));
      });
    });
  }

  private constructor(tcp: Socket, bytes: Buffer) {
    this.#tcp = tcp;
    this.#bytes = bytes;
    tcp.on('data', (more: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, more]);
      this.#read();
    });
    tcp.on('close', () => this.#end());
  }

  addEventListener(type: 'message' | 'close' | 'error', listener: (event: { data: unknown }) => void): void {
    if (type === 'message') this.#hear.push(listener);
    else this.#ends.push(listener as () => void);
  }

  accept(): void {
    this.#read();
  }

  send(text: string): void {
    this.#tcp.write(frameOf(TEXT, Buffer.from(text)));
  }

  close(): void {
    this.#tcp.destroy();
  }

  stopReading(): void {
    this.#tcp.pause();
  }

  readOn(): void {
    this.#tcp.resume();
  }

  #read(): void {
    for (let extent = extentOf(this.#bytes); extent !== undefined; extent = extentOf(this.#bytes)) {
      const [from, to] = extent;
      if (this.#bytes.length < to) return;
      const opcode = (this.#bytes[0] as number) & 0x0f;
      const data = this.#bytes.subarray(from, to).toString();
      this.#bytes = this.#bytes.subarray(to);
      if (opcode === TEXT) for (const hear of this.#hear) hear({ data });
      if (opcode === CLOSE) this.#tcp.destroy();
    }
  }

  #end(): void {
    for (const end of this.#ends) end();
  }
}
