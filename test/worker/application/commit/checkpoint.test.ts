import { describe, expect, it } from 'vitest';
import { Budget } from '../../../../src/server/application/cost/budget.ts';
import { UsageMeter } from '../../../../src/server/application/cost/usage-meter.ts';
import { createChunks } from '../../../../src/server/application/storage/chunks.ts';
import { Database } from '../../../../src/server/application/storage/database.ts';
import {
  createSegments,
  dropSegments,
  insertSegment,
  readClientCounters,
  readHeader,
  readState,
} from '../../../../src/server/application/storage/segment.ts';
import { type Answer, Api, fresh } from '../../../support/api.ts';
import { faultsHappened, inject, statementsSeen } from '../../../support/faults.ts';
import { abortAll, evict, inside } from '../../../support/objects.ts';

/** About 240 kB of JSON that no other seed gives. */
const numbers = (seed: number): number[] =>
  Array.from({ length: 24_000 }, (_, index) => ((seed * 7_919 + index) * 2_654_435_761) % 1_000_000_007);

const merge = (api: Api, n: number, args: Record<string, number[] | null>): Promise<Answer> =>
  api.push('c1', n, 'merge', args, { Prefer: 'wait=20' });

interface Stored {
  readonly segments: number[];
  /** Of each segment's state, oldest first. */
  readonly states: number[][];
  /** Of all segments, counters included. */
  readonly used: number[];
  readonly there: number[];
}

const storedOf = (api: Api): Promise<Stored> =>
  inside(api.path, ({ sql }) => {
    const rows = sql.exec<{ segment: number; header: string }>('SELECT * FROM segments ORDER BY segment').toArray();
    const headers = rows.map(({ header }) => JSON.parse(header) as { state: [number][]; marks: [number][] });
    const idsOf = (chunks: readonly [number][]): number[] => chunks.map(([id]) => id);
    const used = new Set(headers.flatMap(({ state, marks }) => idsOf([...state, ...marks])));
    return {
      segments: rows.map(({ segment }) => segment),
      states: headers.map(({ state }) => idsOf(state)),
      used: [...used].sort((a, b) => a - b),
      there: sql
        .exec<{ id: number }>('SELECT id FROM chunks ORDER BY id')
        .toArray()
        .map(({ id }) => id),
    };
  });

/** Two megabytes in eight members, with a checkpoint behind them. */
const large = async (): Promise<{
  readonly api: Api;
  readonly state: Record<string, number[]>;
  readonly n: number;
}> => {
  const api = new Api(fresh());
  const state: Record<string, number[]> = {};
  let n = 0;
  for (let member = 0; member < 8; member += 1) {
    n += 1;
    const value = numbers(member);
    state[`m${member}`] = value;
    await merge(api, n, { [`m${member}`]: value });
  }
  return { api, state, n };
};

/** Changes one member until there is another checkpoint. */
const untilCheckpoint = async (api: Api, state: Record<string, number[]>, from: number): Promise<number> => {
  const [before] = (await storedOf(api)).segments.slice(-1);
  let n = from;
  while ((await storedOf(api)).segments.at(-1) === before) {
    n += 1;
    state['m3'] = numbers(100 + n);
    expect((await merge(api, n, { m3: state['m3'] })).status).toBe(200);
  }
  return n;
};

describe('checkpoints', () => {
  it('[C4] [L8] write only the chunks that have changed, and what no segment needs is deleted', async () => {
    const { api, state, n } = await large();
    const first = await untilCheckpoint(api, state, n);
    const then = await storedOf(api);
    const second = await untilCheckpoint(api, state, first);
    const now = await storedOf(api);
    const [before, after] = now.states as [number[], number[]];
    expect(before).toEqual(then.states.at(-1));
    expect(after.length).toBeGreaterThan(16);
    // A member of eight has changed, and the chunks at its ends hold parts of its neighbors.
    const written = after.filter((id) => !before.includes(id));
    expect(written.length).toBeGreaterThan(0);
    expect(written.length).toBeLessThan(after.length / 3);
    expect(now.there).toEqual(now.used);
    await untilCheckpoint(api, state, second);
    const last = await storedOf(api);
    expect(last.segments.length).toBe(2);
    expect(last.there).toEqual(last.used);
    expect((await api.state()).body).toEqual(state);
  });

  it('[D7] [S8] [L8] what they share is whole after a restart, now and in the past', async () => {
    const { api, state, n } = await large();
    const first = await untilCheckpoint(api, state, n);
    const past = structuredClone(state);
    // Of the same length: only by its text it is another chunk.
    state['m6'] = numbers(6).map((each) => (each === 88_774_322 ? 88_774_323 : each));
    expect(state['m6']).not.toEqual(past['m6']);
    await merge(api, first + 1, { m6: state['m6'] });
    const second = await untilCheckpoint(api, state, first + 1);
    for (const end of [evict, abortAll]) {
      await end(api.path);
      expect((await api.state()).body).toEqual(state);
      expect((await api.state({}, `?at=${first}`)).body).toEqual(past);
    }
    const again = await merge(api, second + 1, { m3: null });
    expect(again.status).toBe(200);
    const { m3: _, ...rest } = state;
    expect((await api.state()).body).toEqual(rest);
  });

  it('[L8] one that is kept for what waits in its segment stays whole when older ones go', async () => {
    const textOf = (seed: number): string => JSON.stringify([numbers(1), numbers(seed), numbers(3)]);
    const marksOf = (n: number) => new Map([['c1', { n, seq: n, user: 'alice' }]]);
    const read = await inside(`/v1/apps/${fresh()}`, (storage) => {
      const database = new Database(storage, new UsageMeter(new Budget({})), () => 'alice/notes');
      createChunks(database);
      createSegments(database);
      for (const version of [1, 2, 3]) {
        const state = textOf(10 + version);
        const base = { version, head: version, at: 0, size: state.length, weight: state.length };
        insertSegment(database, version, { base, state, clientCounters: marksOf(version) });
      }
      dropSegments(database, 1, { oldest: 2, segment: 3 });
      const headers = [2, 3].map((segment) => readHeader(database, segment));
      return headers.map((header) => [readState(database, header), readClientCounters(database, header)]);
    });
    expect(read).toEqual([2, 3].map((version) => [JSON.parse(textOf(10 + version)), marksOf(version)]));
  });

  it('[L6] a backup replaces all of them', async () => {
    const { api, state, n } = await large();
    await untilCheckpoint(api, state, n);
    const backup = (await api.call('GET', '/export')).text;
    const type = { 'Content-Type': 'application/x-ndjson' };
    expect((await api.call('PUT', '/import', backup, type)).status).toBe(200);
    const now = await storedOf(api);
    expect([now.segments, now.there]).toEqual([[1], now.used]);
    expect((await api.state()).body).toEqual(state);
  });

  it.each(['throw', 'die'] as const)(
    '[D6] [Q1] [L8] %s at any statement of one: nothing is lost, doubled or half-applied',
    async (kind) => {
      const counted = await almostDue();
      inject(undefined);
      await insist(counted.api, counted.n, counted.change);
      const statements = statementsSeen();
      expect(statements).toBeGreaterThan(12);
      const before = faultsHappened();
      for (let at = 1; at <= statements; at += 1) {
        const { api, n, change } = await almostDue();
        inject({ kind, at });
        await insist(api, n, change);
        inject(undefined);
        await evict(api.path);
        expect((await api.state({ Prefer: 'drain' })).body).toEqual(change);
        const stored = await storedOf(api);
        expect([stored.segments, stored.there]).toEqual([[2, 3], stored.used]);
        const { entries } = (await api.call('GET', '/log?after=3')).body;
        expect(entries.map((entry: any) => [entry.seq, entry.n])).toEqual([4, 5, 6].map((seq) => [seq, seq]));
      }
      expect(faultsHappened() - before).toBeGreaterThan(statements * 0.8);
    },
    120_000,
  );
});

/** An application that has had a checkpoint; the next change brings another one. */
const almostDue = async (): Promise<{
  readonly api: Api;
  readonly n: number;
  readonly change: Record<string, number[]>;
}> => {
  const api = new Api(fresh());
  for (let n = 1; n <= 5; n += 1) await merge(api, n, { a: numbers(n) });
  expect((await storedOf(api)).segments).toEqual([1, 2]);
  return { api, n: 6, change: { a: numbers(6) } };
};

/** Sends it until it is acknowledged, as a client would. */
const insist = async (api: Api, n: number, change: Record<string, number[]>): Promise<void> => {
  for (let tries = 0; tries < 20; tries += 1) {
    const answer = await merge(api, n, change).catch(() => undefined);
    if (answer?.status === 200) return;
    if (answer !== undefined) expect([202, 503]).toContain(answer.status);
  }
  throw new Error('never acknowledged');
};
