import { WebSocket } from 'ws';
import { SOCKET_PROTOCOL, TOKEN_PROTOCOL } from '../../src/protocol/frames.ts';
import type { PatchOperation } from '../../src/protocol/patch.ts';
import { Connection, type Sent } from './connection.ts';
import type { Server } from './servers.ts';

/** What one run did. */
export interface Run {
  /** Operations a second. */
  readonly rate: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Microseconds of the server's CPU for each operation. */
  readonly cpu: number;
  /** How much of one core the load generator took: near 1, it is the limit and not the server. */
  readonly generator: number;
  /** That a reader was sent for each change; where that is counted. */
  readonly bytes?: number;
}

/** One request on a connection of its own; resolves with its status when the answer is there. */
export const send = async (server: Server, sent: Sent): Promise<number> => {
  const connection = await Connection.open(server);
  const status = await connection.send(sent);
  connection.close();
  return status;
};

/** Sends request after request on each of so many connections, for so long. */
export const overHttp = async (
  server: Server,
  { connections, ms, weight = 1 }: { readonly connections: number; readonly ms: number; readonly weight?: number },
  next: (connection: number, index: number) => Sent,
): Promise<Run> => {
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(server)));
  const meter = new Meter(server);
  const end = performance.now() + ms;
  const ask = async (connection: Connection, number: number): Promise<void> => {
    for (let index = 1; performance.now() < end; index += 1) {
      const begun = performance.now();
      const status = await connection.send(next(number, index));
      if (status >= 400) throw new Error(`answered ${status}`);
      meter.note(performance.now() - begun, weight);
    }
  };
  await Promise.all(open.map(ask));
  const run = meter.read();
  for (const connection of open) connection.close();
  return run;
};

/** Measures between its making and its reading. */
export class Meter {
  readonly #server: Server;
  readonly #begun = performance.now();
  readonly #serverCpu: number;
  readonly #ownCpu = process.cpuUsage();
  readonly #latencies: number[] = [];
  #done = 0;

  constructor(server: Server) {
    this.#server = server;
    this.#serverCpu = server.cpu;
  }

  note(ms: number, weight = 1): void {
    this.#latencies.push(ms);
    this.#done += weight;
  }

  read(): Run {
    const passed = performance.now() - this.#begun;
    const { user, system } = process.cpuUsage(this.#ownCpu);
    const sorted = this.#latencies.sort((a, b) => a - b);
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    return {
      rate: (this.#done / passed) * 1_000,
      ...{ p50: at(0.5), p99: at(0.99) },
      cpu: (this.#server.cpu - this.#serverCpu) / Math.max(1, this.#done),
      generator: (user + system) / 1_000 / passed,
    };
  }
}

interface Heard {
  readonly type: string;
  readonly mark?: number;
  readonly outcomes?: readonly unknown[];
  readonly from?: number;
  readonly to?: number;
  readonly version?: number;
  readonly patch?: readonly PatchOperation[];
}

/** A patch says where it starts from, if only by leaving it out. */
const readFrame = (text: string): Heard => {
  const frame = JSON.parse(text) as Heard;
  return frame.to === undefined ? frame : { ...frame, from: frame.from ?? frame.to - 1 };
};

/** An open socket that answers marks. */
export const openSocket = (server: Server, path: string, hear: (frame: Heard) => void): Promise<WebSocket> =>
  new Promise((resolve, reject) => {
    const protocols = server.token === '' ? [SOCKET_PROTOCOL] : [SOCKET_PROTOCOL, TOKEN_PROTOCOL + server.token];
    const socket = new WebSocket(server.url.replace('http', 'ws') + path, protocols);
    socket.on('open', () => resolve(socket));
    socket.on('error', () => reject(new Error('the socket did not open')));
    socket.on('message', (data) => {
      const frame = readFrame(String(data));
      if (frame.type === 'mark') socket.send(`{"type":"ack","mark":${frame.mark}}`);
      hear(frame);
    });
  });

/** Keeps so many pushes under way on each of so many sockets, for so long. */
export const overSockets = async (
  server: Server,
  {
    path,
    sockets,
    window,
    ms,
  }: { readonly path: string; readonly sockets: number; readonly window: number; readonly ms: number },
  push: (socket: number, n: number) => string,
): Promise<Run> => {
  const meter = new Meter(server);
  const end = performance.now() + ms;
  await Promise.all(
    Array.from({ length: sockets }, (_, number) =>
      pump(server, path, { window, end, meter, push: (n) => push(number, n) }),
    ),
  );
  return meter.read();
};

interface Pump {
  readonly window: number;
  readonly end: number;
  readonly meter: Meter;
  readonly push: (n: number) => string;
}

const pump = async (server: Server, path: string, { window, end, meter, push }: Pump): Promise<void> => {
  const begun: number[] = [];
  let n = 0;
  const { promise: finished, resolve: finish, reject: fail } = Promise.withResolvers<void>();
  const fill = (socket: WebSocket): void => {
    while (begun.length < window && performance.now() < end) {
      n += 1;
      begun.push(performance.now());
      socket.send(push(n));
    }
    if (begun.length === 0) finish();
  };
  const socket = await openSocket(server, path, ({ outcomes = [] }) => {
    for (const _ of outcomes) meter.note(performance.now() - (begun.shift() ?? 0));
    if (outcomes.length > 0) fill(socket);
  });
  socket.on('close', (code) => fail(new Error(`the socket was closed with ${code}`)));
  fill(socket);
  await finished;
  socket.close();
};
