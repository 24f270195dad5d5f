import { JSON_BODY, MERGE, PATCH, SHARED } from '../target.ts';
import type { Attack } from './attack.ts';

const text = (length: number): string => 'x'.repeat(length);
const batch = (n: number, changes: readonly unknown[]): string => JSON.stringify({ n, changes });
const SMALL = Array.from({ length: 1_000 }, (_, index) => ({
  name: 'merge',
  args: { bulk: { [index % 50]: text(200) } },
}));
const LARGE = Array.from({ length: 4 }, (_, index) => ({ name: 'merge', args: { large: { [index]: text(240_000) } } }));
const COPIES = Array.from({ length: 100 }, (_, index) => ({ op: 'copy', from: '/large', path: `/copies${index % 3}` }));
const NDJSON = { 'Content-Type': 'application/x-ndjson' };
const TESTS = Array.from({ length: 400 }, () => ({ op: 'test', path: '/large', value: text(500) }));

/** A client of an id of its own for each act: n is always 1. */
const fresh = (own: string, turn: number): string => `${own}-${turn}-${process.pid}`;

/** People who may write, and who take all they can. */
export const writers: readonly Attack[] = [
  {
    name: 'writer sends batches of 1,000 changes',
    ...{ everyMs: 200, as: 'writer' },
    act: async (caller, own, turn) =>
      String((await caller.call('PUT', `${SHARED}/changes/${fresh(own, turn)}`, JSON_BODY, batch(1, SMALL))).status),
  },
  {
    name: 'writer sends batches of a megabyte',
    ...{ everyMs: 500, as: 'writer' },
    act: async (caller, own, turn) =>
      String((await caller.call('PUT', `${SHARED}/changes/${fresh(own, turn)}`, JSON_BODY, batch(1, LARGE))).status),
  },
  {
    name: 'writer sends patches that copy or compare megabytes',
    ...{ everyMs: 200, as: 'writer' },
    act: async (caller, own, turn) => {
      const body = JSON.stringify(turn % 2 === 0 ? COPIES : TESTS);
      return String((await caller.call('PUT', `${SHARED}/changes/${fresh(own, turn)}/1`, PATCH, body)).status);
    },
  },
  {
    name: 'writer is a new client each time',
    ...{ everyMs: 25, as: 'writer' },
    act: async (caller, own, turn) =>
      String((await caller.call('PUT', `${SHARED}/changes/${fresh(own, turn)}/1`, MERGE, '{"tick":1}')).status),
  },
  {
    name: 'writer uses a new idempotency key each time',
    ...{ everyMs: 25, as: 'writer' },
    act: async (caller, own, turn) => {
      const headers = { ...MERGE, 'Idempotency-Key': fresh(own, turn) };
      return String((await caller.call('POST', `${SHARED}/changes`, headers, '{"tick":2}')).status);
    },
  },
  {
    name: 'owner creates, fills and deletes applications',
    ...{ everyMs: 250, as: 'writer' },
    act: async (caller, own, turn) => {
      const application = `/v1/apps/${own}/a${turn % 20}`;
      if (turn % 4 === 3) return String((await caller.call('DELETE', application)).status);
      const body = JSON.stringify({ filling: text(200_000) });
      return String((await caller.call('PUT', `${application}/changes/${fresh(own, turn)}/1`, MERGE, body)).status);
    },
  },
  {
    name: 'owner exports and imports',
    ...{ everyMs: 1_000, as: 'writer' },
    act: async (caller, own, turn) => {
      const source = `/v1/apps/${own}/source`;
      if (turn % 100 === 0)
        await caller.call('PUT', `${source}/changes/${fresh(own, turn)}`, JSON_BODY, batch(1, LARGE));
      const { status, text: backup } = await caller.call('GET', `${source}/export`);
      if (status !== 200) return `export ${status}`;
      const copy = `/v1/apps/${own}/copy${turn % 3}`;
      const imported = await caller.call('PUT', `${copy}/import`, NDJSON, backup);
      await caller.call('DELETE', copy);
      return `import ${imported.status}`;
    },
  },
];
