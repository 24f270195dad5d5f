import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { document } from '../../../src/applications/document.ts';
import { createClient } from '../../../src/client/index.ts';
import { Api, fresh } from '../../support/api.ts';
import { evict } from '../../support/objects.ts';
import { PATIENCE_MS, RUNS_MS } from '../../support/patience.ts';
import { seedOf } from '../../support/seed.ts';
import { until } from '../../support/wait.ts';
import { optionsFor } from '../../support/worker-client.ts';

// The restore drill: a random history, a backup at some point, a wreck, and the way back, with clients that are open all
// the time. Each change puts a member of its own, so the state tells which were applied, and the log how often.

const seed = seedOf('drill');

const NDJSON = { 'Content-Type': 'application/x-ndjson' };

/** What a client does next: a change, one that is rejected, an undo; or the object is evicted. */
type Step = 'change' | 'reject' | 'undo' | 'evict';
const steps = fc.array(
  fc.tuple(fc.nat(2), fc.constantFrom<Step>('change', 'change', 'change', 'reject', 'undo', 'evict')),
  { minLength: 3, maxLength: 12 },
);
/** The way back. */
const ways = fc.constantFrom('version', 'time', 'backup', 'import', 'deleted');

const drill = async (before: [number, Step][], wreck: [number, Step][], way: string): Promise<void> => {
  const name = fresh('driller');
  const api = new Api(name);
  await api.create('document');
  let isOnline = true;
  const options = optionsFor(name);
  const gated: typeof fetch = (input, init) =>
    isOnline ? options.fetch(input, init) : Promise.reject(new TypeError('offline by the test'));
  const clients = [0, 1, 2].map(() =>
    createClient({ ...options, definition: document, transport: 'poll', fetch: gated }),
  );
  let made = 0;
  const perform = async (list: [number, Step][]): Promise<void> => {
    for (const [index, step] of list) {
      const client = clients[index] as (typeof clients)[number];
      made += 1;
      if (step === 'evict') await evict(api.path);
      else if (step === 'undo') await client.undo()?.applied.catch(() => undefined);
      else if (step === 'reject')
        await client.push.patch([{ op: 'remove', path: '/nowhere' }]).applied.catch(() => undefined);
      else await client.push.merge({ [`k${made}`]: made }).applied;
    }
  };
  await perform(before);
  const saved = await api.drained();
  const { version } = await api.info();
  const at = Date.now();
  const backup = (await api.call('GET', '/export')).text;
  await new Promise((resolve) => setTimeout(resolve, 5));
  await perform(wreck);
  // A client sends again what it has not seen confirmed when an epoch ends, and the wreck would come back with it.
  for (const client of clients) await until(() => client.status.pending === 0);
  await api.merge('wrecker', 1, Object.fromEntries(Object.keys(saved).map((key) => [key, null])), { Prefer: 'wait=5' });
  // Not sent before the restore: it must arrive once, after it.
  isOnline = false;
  const unsent = clients.map((client, index) => client.push.merge({ [`unsent${index}`]: [index] }));
  const back =
    way === 'version'
      ? await api.call('POST', '/restore', { version })
      : way === 'time'
        ? await api.call('POST', '/restore', { time: at })
        : way === 'backup'
          ? await api.call('POST', '/restore', backup, NDJSON)
          : way === 'import'
            ? await api.call('PUT', '/import', backup, NDJSON)
            : await api.call('DELETE', '').then(() => api.call('PUT', '/import', backup, NDJSON));
  expect(back.status, back.text).toBe(200);
  isOnline = true;
  await Promise.all(unsent.map(({ applied }) => applied));
  const { entries } = (await api.log(0)).body;
  const used = entries.map(({ client, n }: { client: string; n: number }) => `${client} ${n}`);
  expect(new Set(used).size, 'no n is used twice').toBe(used.length);
  const state = await api.drained();
  for (const client of clients) await until(() => JSON.stringify(client.state) === JSON.stringify(state));
  const restored = Object.fromEntries(Object.entries(state).filter(([key]) => !key.startsWith('unsent')));
  expect(restored).toEqual(saved);
  expect(Object.keys(state).filter((key) => key.startsWith('unsent'))).toHaveLength(clients.length);
  const arrived = entries.filter(({ args }: { args: object }) => Object.keys(args)[0]?.startsWith('unsent'));
  expect(arrived.length, 'each unsent change arrives once').toBe(clients.length);
  for (const client of clients) client.close();
};

describe('the restore drill', () => {
  it(
    '[L12] [L6] [Q2] [Q3] whatever has happened: the state is back, every client converges, no n is used twice',
    async () => {
      await fc.assert(
        fc.asyncProperty(steps, steps, ways, (before, wreck, way) =>
          drill(before as [number, Step][], wreck as [number, Step][], way),
        ),
        { seed, numRuns: Number(process.env.DRILLS ?? 4), timeout: PATIENCE_MS, endOnFailure: true },
      );
    },
    RUNS_MS,
  );
});
