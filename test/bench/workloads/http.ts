import { overHttp, type Run } from '../load.ts';
import type { Server } from '../servers.ts';
import { APP, freshClient, MERGE, patchOf, RUN_MS, type Workload } from '../workload.ts';

const pushOurs = (server: Server, connections: number): Promise<Run> => {
  const clients = Array.from({ length: connections }, freshClient);
  return overHttp(server, { connections, ms: RUN_MS }, (connection, n) => ({
    ...{ method: 'PUT', path: `${APP}/changes/${clients[connection]}/${n}`, headers: MERGE, body: patchOf(n) },
  }));
};

const pushes = (connections: number, path: '/group' | '/insert', target: number | undefined): Workload => ({
  name: `pushes over HTTP, ${connections} connections`,
  against: path === '/group' ? 'bare group commit' : 'bare insert per request',
  ...{ target, figures: ['rate'] },
  ours: ({ ours }) => pushOurs(ours, connections),
  other: ({ bare }) =>
    overHttp(bare, { connections, ms: RUN_MS }, (_, n) => ({ method: 'PUT', path, body: patchOf(n) })),
});

const batchOf = (size: number, index: number): string =>
  `[${Array.from({ length: size }, (_, i) => `{"name":"merge","args":${patchOf(index + i)}}`)}]`;

const batches = (size: number, target: number | undefined): Workload => ({
  name: `changes in batches of ${size}, 4 connections`,
  against: 'bare row per batch',
  ...{ target, figures: ['rate'] },
  ours: ({ ours }) => {
    const clients = Array.from({ length: 4 }, freshClient);
    return overHttp(ours, { connections: 4, ms: RUN_MS, weight: size }, (connection, index) => {
      const body = `{"n":${(index - 1) * size + 1},"changes":${batchOf(size, index)}}`;
      const headers = { 'Content-Type': 'application/json' };
      return { method: 'PUT', path: `${APP}/changes/${clients[connection]}`, headers, body };
    });
  },
  other: ({ bare }) =>
    overHttp(bare, { connections: 4, ms: RUN_MS, weight: size }, (_, index) => ({
      ...{ method: 'PUT', path: '/group', body: batchOf(size, index) },
    })),
});

type Heading = Readonly<Record<string, string>>;

const etagOf = async ({ url, token }: Server, app = APP): Promise<string> => {
  const answer = await fetch(`${url}${app}/state`, { headers: { Authorization: `Bearer ${token}` } });
  await answer.text();
  return answer.headers.get('ETag') ?? '';
};

/** Everything acknowledged before is in the answer. */
const drained = async (): Promise<Heading> => ({ Prefer: 'drain' });
const none = async (): Promise<Heading> => ({});
const current = async (server: Server): Promise<Heading> => ({ 'If-None-Match': await etagOf(server) });

/** From ten versions ago. */
export const delta = async (server: Server, app = APP): Promise<Heading> => {
  const before = await etagOf(server, app);
  const client = freshClient();
  let n = 0;
  await overHttp(server, { connections: 1, ms: 20 }, () => {
    n += 1;
    const headers = { ...MERGE, Prefer: 'wait=5' };
    return { method: 'PUT', path: `${app}/changes/${client}/${n}`, headers, body: patchOf(n) };
  });
  return { 'If-None-Match': before, 'A-IM': 'json-patch' };
};

export const readOurs = async (
  server: Server,
  headings: (server: Server, app: string) => Promise<Heading>,
  app = APP,
): Promise<Run> => {
  const headers = await headings(server, app);
  return overHttp(server, { connections: 64, ms: RUN_MS }, () => ({ method: 'GET', path: `${app}/state`, headers }));
};

const polls = (
  name: string,
  path: '/304' | '/together' | '/state',
  figure: 'rate' | 'p99',
  target: number | undefined,
  headings: (server: Server) => Promise<Heading>,
): Workload => ({
  name: `${name}, 64 connections`,
  against: path === '/state' ? 'bare plain replies' : 'bare grouped replies',
  ...{ target, figures: [figure] },
  ours: ({ ours }) => readOurs(ours, headings),
  other: ({ bare }) => overHttp(bare, { connections: 64, ms: RUN_MS }, () => ({ method: 'GET', path })),
});

const recent =
  (headings: (server: Server) => Promise<Heading>) =>
  async (server: Server): Promise<Heading> => ({ ...(await headings(server)), Prefer: 'max-stale=250' });

const recentPolls = (name: string, headings: (server: Server) => Promise<Heading>): Workload => ({
  name: `${name} with max-stale=250, 64 connections`,
  against: 'ours without max-stale',
  ...{ target: 2, figures: ['rate'] },
  ours: ({ ours }) => readOurs(ours, recent(headings)),
  other: ({ ours }) => readOurs(ours, headings),
});

/** What workerd takes for a request by itself, and Hono's part. */
const constant: Workload = {
  name: 'health checks, 64 connections',
  against: 'bare constant answer',
  ...{ target: undefined, figures: ['rate'] },
  ours: ({ ours }) => overHttp(ours, { connections: 64, ms: RUN_MS }, () => ({ method: 'GET', path: '/healthz' })),
  other: ({ bare }) => overHttp(bare, { connections: 64, ms: RUN_MS }, () => ({ method: 'GET', path: '/constant' })),
};

const APPLICATIONS = 1_000;

const manyApplications: Workload = {
  name: `pushes over HTTP to ${APPLICATIONS} applications, 64 connections`,
  against: 'bare insert per request, as many objects',
  ...{ target: undefined, figures: ['rate'] },
  ours: ({ ours }) => {
    const client = freshClient();
    return overHttp(ours, { connections: 64, ms: 2 * RUN_MS }, (connection, n) => {
      const { app, turn } = turnOf(connection, n);
      const path = `/v1/apps/bench/many-${app}/changes/${client}/${turn}`;
      return { method: 'PUT', path, headers: MERGE, body: patchOf(n) };
    });
  },
  other: ({ bare }) =>
    overHttp(bare, { connections: 64, ms: 2 * RUN_MS }, (connection, n) => ({
      ...{ method: 'PUT', path: `/insert?app=${turnOf(connection, n).app}`, body: patchOf(n) },
    })),
};

/** Each connection has applications of its own and goes round among them. */
const turnOf = (connection: number, n: number): { readonly app: number; readonly turn: number } => {
  const each = Math.floor(APPLICATIONS / 64);
  return { app: connection * each + (n % each), turn: Math.floor((n - (n % each || each)) / each) + 1 };
};

export const httpWorkloads: readonly Workload[] = [
  constant,
  pushes(1, '/group', undefined),
  pushes(16, '/group', 0.85),
  pushes(64, '/group', 0.85),
  pushes(256, '/group', 0.85),
  pushes(16, '/insert', 3),
  pushes(64, '/insert', 3),
  batches(10, undefined),
  batches(100, 0.8),
  polls('polls answered 304', '/304', 'rate', 0.9, current),
  polls('polls answered by a patch', '/304', 'rate', 0.9, delta),
  polls('polls of the whole 10 kB', '/together', 'rate', 0.9, none),
  polls('drain reads of the whole 10 kB', '/together', 'rate', undefined, drained),
  polls('polls of the whole 10 kB', '/state', 'p99', 5, none),
  recentPolls('polls answered 304', current),
  recentPolls('polls of the whole 10 kB', none),
  manyApplications,
];
