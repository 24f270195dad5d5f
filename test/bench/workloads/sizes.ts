import { overHttp, type Run } from '../load.ts';
import type { Server } from '../servers.ts';
import { APP, freshClient, patchOf, RUN_MS, type Workload } from '../workload.ts';
import { delta, readOurs } from './http.ts';

/** Where `seedLarge` puts its states, by size. */
export const LARGE = { '1 MB': '/v1/apps/bench/large-1', '10 MB': '/v1/apps/bench/large-10' } as const;

const BATCH = 100;

/** Accepted and applied before it is answered, checkpoints included. */
const applied = (server: Server, app: string): Promise<Run> => {
  const client = freshClient();
  return overHttp(server, { connections: 1, ms: 2 * RUN_MS, weight: BATCH }, (_, index) => {
    const changes = Array.from({ length: BATCH }, (__, i) => `{"name":"merge","args":${patchOf(index + i)}}`);
    const body = `{"n":${(index - 1) * BATCH + 1},"changes":[${changes}]}`;
    const headers = { 'Content-Type': 'application/json', Prefer: 'wait=20' };
    return { method: 'PUT', path: `${app}/changes/${client}`, headers, body };
  });
};

const apply = (size: keyof typeof LARGE): Workload => ({
  name: `changes applied, in batches of ${BATCH}, at ${size}`,
  against: 'ours at 10 kB',
  ...{ target: size === '10 MB' ? 0.67 : undefined, figures: ['rate'] },
  ours: ({ large }) => applied(large, LARGE[size]),
  other: ({ large }) => applied(large, APP),
});

/** Alone on its connection. */
const patched = (server: Server, app: string): Promise<Run> => {
  const client = freshClient();
  return overHttp(server, { connections: 1, ms: RUN_MS }, (_, n) => ({
    ...{ method: 'PUT', path: `${app}/changes/${client}/${n}`, body: patchOf(n) },
    headers: { 'Content-Type': 'application/merge-patch+json', Prefer: 'wait=20' },
  }));
};

const single = (size: keyof typeof LARGE): Workload => ({
  name: `one change after the other, waited for, at ${size}`,
  against: 'ours at 10 kB',
  ...{ target: size === '10 MB' ? 0.67 : undefined, figures: ['p50'] },
  ours: ({ large }) => patched(large, LARGE[size]),
  other: ({ large }) => patched(large, APP),
});

const polled = (size: keyof typeof LARGE): Workload => ({
  name: `polls answered by a patch, 64 connections, at ${size}`,
  against: 'ours at 10 kB',
  ...{ target: undefined, figures: ['rate'] },
  ours: ({ large }) => readOurs(large, delta, LARGE[size]),
  other: ({ large }) => readOurs(large, delta),
});

const SIZES = ['1 MB', '10 MB'] as const;

export const sizeWorkloads: readonly Workload[] = [...SIZES.map(apply), ...SIZES.map(single), ...SIZES.map(polled)];
