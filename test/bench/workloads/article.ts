import { spawnSync } from 'node:child_process';
import { overHttp, type Run } from '../load.ts';
import { type Server, startNode } from '../servers.ts';
import { APP, freshClient, MERGE, patchOf, RUN_MS, type Workload } from '../workload.ts';

let started: Promise<Server> | undefined;

/** Started when it is first needed. */
const article = (): Promise<Server> => {
  started ??= startNode('peers/article-server.ts');
  return started;
};

export const stopArticle = async (): Promise<void> => (await started)?.stop();

const AGAINST = "the article's Node, Redis (fsync always) and memcached: durable";

const isThere = (command: string): boolean => spawnSync('which', [command]).status === 0;

const theirs = (server: Server, connections: number, path: '/push' | '/challenge'): Promise<Run> =>
  overHttp(server, { connections, ms: RUN_MS }, (_, n) => ({ method: 'PUT', path, body: patchOf(n) }));

const ours = (server: Server, connections: number, prefer: Readonly<Record<string, string>>): Promise<Run> => {
  const clients = Array.from({ length: connections }, freshClient);
  const headers = { ...MERGE, ...prefer };
  return overHttp(server, { connections, ms: RUN_MS }, (connection, n) => ({
    ...{ method: 'PUT', path: `${APP}/changes/${clients[connection]}/${n}`, headers, body: patchOf(n) },
  }));
};

/**
 * Both of the article's paths on the article's own parts.
 *
 * @param say told when they are left out, and why
 */
export const articleWorkloads = (say: (text: string) => void): Workload[] => {
  const missing = ['redis-server', 'memcached'].filter((command) => !isThere(command));
  if (missing.length > 0) {
    say(`the article's design is left out: apt-get install ${missing.join(' ')}`);
    return [];
  }
  const common = { against: AGAINST, target: undefined, figures: ['rate'] } as const;
  return [
    ...[16, 64].map((connections) => ({
      ...{ ...common, name: `push state: acknowledged pushes, ${connections} connections` },
      ours: (servers: { readonly ours: Server }) => ours(servers.ours, connections, {}),
      other: async () => theirs(await article(), connections, '/push'),
    })),
    {
      ...{ ...common, name: 'challenge, response: applied and answered with the state, 16 connections' },
      ours: (servers) => ours(servers.ours, 16, { Prefer: 'wait=5, return=representation' }),
      other: async () => theirs(await article(), 16, '/challenge'),
    },
    {
      ...{ ...common, name: 'poll state: the whole 10 kB, 64 connections' },
      ours: (servers) =>
        overHttp(servers.ours, { connections: 64, ms: RUN_MS }, () => ({ method: 'GET', path: `${APP}/state` })),
      other: async () =>
        overHttp(await article(), { connections: 64, ms: RUN_MS }, () => ({ method: 'GET', path: '/state' })),
    },
  ];
};
