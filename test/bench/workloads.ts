import { Meter, openSocket, overHttp, overSockets, type Run, send } from './load.ts';
import type { Server } from './servers.ts';

/** The same work for ours and for what it is measured against. */
export interface Workload {
  readonly name: string;
  /** What the other side is. */
  readonly against: string;
  /** The ratio to reach, from the issue; undefined where none is asked. */
  readonly target: number | undefined;
  /** Which of a run's figures is compared; a latency is better when it is lower. */
  readonly figure: 'rate' | 'p50';
  readonly ours: (server: Server) => Promise<Run>;
  readonly bare: (server: Server) => Promise<Run>;
}

const APP = '/v1/apps/bench/state';
const MERGE = { 'Content-Type': 'application/merge-patch+json' };
const RUN_MS = 1_500;

let made = 0;

/** A client that nobody has been. */
const freshClient = (): string => {
  made += 1;
  return `client-${made}`;
};

const patchOf = (n: number): string => `{"items":{"item-${n % 100}":{"value":${1_000_000 + n}}}}`;

/** 10 kB: a hundred items with keys. */
export const seed = async (server: Server): Promise<void> => {
  const item = (i: number) => ({ title: `Title of item ${i}`, text: 'x'.repeat(60), value: 0 });
  const items = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`item-${i}`, item(i)]));
  const headers = { ...MERGE, Prefer: 'wait=5' };
  await send(server, { method: 'PUT', path: `${APP}/changes/seed/1`, headers, body: JSON.stringify({ items }) });
};

const pushes = (connections: number, path: '/group' | '/insert', target: number): Workload => ({
  name: `pushes over HTTP, ${connections} connections`,
  against: path === '/group' ? 'bare group commit' : 'bare insert per request',
  ...{ target, figure: 'rate' },
  ours: (server) => {
    const clients = Array.from({ length: connections }, freshClient);
    return overHttp(server, { connections, ms: RUN_MS }, (connection, n) => ({
      ...{ method: 'PUT', path: `${APP}/changes/${clients[connection]}/${n}`, headers: MERGE, body: patchOf(n) },
    }));
  },
  bare: (server) =>
    overHttp(server, { connections, ms: RUN_MS }, (_, n) => ({ method: 'PUT', path, body: patchOf(n) })),
});

const BATCH = 100;

const batches = (connections: number): Workload => ({
  name: `changes in batches of ${BATCH}, ${connections} connections`,
  against: 'bare row per batch',
  ...{ target: 0.8, figure: 'rate' },
  ours: (server) => {
    const clients = Array.from({ length: connections }, freshClient);
    return overHttp(server, { connections, ms: RUN_MS, weight: BATCH }, (connection, index) => {
      const changes = Array.from({ length: BATCH }, (_, i) => `{"name":"merge","args":${patchOf(index + i)}}`);
      const body = `{"n":${(index - 1) * BATCH + 1},"changes":[${changes}]}`;
      const headers = { 'Content-Type': 'application/json' };
      return { method: 'PUT', path: `${APP}/changes/${clients[connection]}`, headers, body };
    });
  },
  bare: (server) =>
    overHttp(server, { connections, ms: RUN_MS, weight: BATCH }, (_, index) => ({
      ...{ method: 'PUT', path: '/group' },
      body: `[${Array.from({ length: BATCH }, (__, i) => `{"name":"merge","args":${patchOf(index + i)}}`)}]`,
    })),
});

const polls = (
  name: string,
  path: '/304' | '/together' | '/state',
  headers: () => Promise<Record<string, string>> | Record<string, string>,
): Workload => ({
  name: `${name}, 64 connections`,
  against: path === '/state' ? 'bare replies' : 'bare grouped replies',
  ...{ target: 0.9, figure: 'rate' },
  ours: async (server) => {
    const sent = await headers();
    return overHttp(server, { connections: 64, ms: RUN_MS }, () => ({
      method: 'GET',
      path: `${APP}/state`,
      headers: sent,
    }));
  },
  bare: (server) => overHttp(server, { connections: 64, ms: RUN_MS }, () => ({ method: 'GET', path })),
});

const socketPushes = (sockets: number, window: number): Workload => ({
  name: `pushes over ${sockets} sockets, ${window} under way on each`,
  against: 'bare group commit, not applied',
  ...{ target: sockets === 16 && window > 1 ? 0.8 : undefined, figure: 'rate' },
  ours: (server) => {
    const clients = Array.from({ length: sockets }, freshClient);
    const push = (socket: number, n: number): string =>
      `{"type":"push","client":"${clients[socket]}","n":${n},"name":"merge","args":${patchOf(n)}}`;
    return overSockets(server, { path: `${APP}/socket`, sockets, window, ms: RUN_MS }, push);
  },
  bare: (server) =>
    overSockets(server, { path: '/socket', sockets, window, ms: RUN_MS }, (_, n) => `{"n":${n},"args":${patchOf(n)}}`),
});

const CHANGES = 150;
const GAP_MS = 5;

/** From the push to the moment that a reader has it; 200 changes a second. */
const visible = async (server: Server, path: string, readers: number, push: (n: number) => string): Promise<Run> => {
  const begun: number[] = [];
  let first: number | undefined;
  const meter = new Meter(server);
  const open = [];
  for (let reader = 0; reader < readers; reader += 1) {
    const socket = await openSocket(server, path, ({ type, from = 0, to = 0 }) => {
      if (type !== 'patch') return;
      first ??= from;
      for (let version = from + 1; version <= to; version += 1)
        meter.note(performance.now() - (begun[version - first - 1] ?? 0));
    });
    socket.send('{"type":"subscribe"}');
    open.push(socket);
  }
  const writer = await openSocket(server, path, () => undefined);
  await new Promise((resolve) => setTimeout(resolve, 200));
  for (let n = 1; n <= CHANGES; n += 1) {
    begun.push(performance.now());
    writer.send(push(n));
    await new Promise((resolve) => setTimeout(resolve, GAP_MS));
  }
  await new Promise((resolve) => setTimeout(resolve, 300));
  for (const socket of [...open, writer]) socket.close();
  return meter.read();
};

const visibility = (readers: number): Workload => ({
  name: `push to visible on the socket, ${readers} readers`,
  against: 'bare broadcast, not applied',
  ...{ target: undefined, figure: 'p50' },
  ours: (server) => {
    const client = freshClient();
    const push = (n: number) => `{"type":"push","client":"${client}","n":${n},"name":"merge","args":${patchOf(n)}}`;
    return visible(server, `${APP}/socket`, readers, push);
  },
  bare: (server) => visible(server, '/socket', readers, (n) => `{"n":${n},"args":${patchOf(n)}}`),
});

/** @param etag asks for the present etag of ours */
export const workloads = (etag: () => Promise<string>): readonly Workload[] => [
  pushes(1, '/group', 0.85),
  pushes(16, '/group', 0.85),
  pushes(64, '/group', 0.85),
  pushes(16, '/insert', 3),
  batches(4),
  polls('polls answered 304', '/304', async () => ({ 'If-None-Match': await etag() })),
  polls('polls of the whole 10 kB', '/together', () => ({})),
  socketPushes(1, 1),
  socketPushes(16, 64),
  visibility(1),
  visibility(20),
  visibility(100),
];
