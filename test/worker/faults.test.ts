import { describe, expect, it } from 'vitest';
import { Api, fresh } from '../support/api.ts';
import { faultsHappened, inject, statementsSeen } from '../support/faults.ts';
import { connect } from '../support/live.ts';
import { hibernate } from '../support/objects.ts';

const note = (key: string, value: number) => ({ name: 'note', args: { key, value } });

/** Pushes until it is acknowledged, as a client would: the same change under the same n. */
const insist = async (api: Api, client: string, n: number, changes: { name: string; args: any }[]): Promise<void> => {
  for (let tries = 0; tries < 20; tries += 1) {
    const answer = await api.batch(client, n, changes).catch(() => undefined);
    if (answer?.status === 202) return;
    if (answer !== undefined) expect(answer.status, answer.text).toBe(503);
  }
  throw new Error('never acknowledged');
};

const eventually = async (api: Api): Promise<any> => {
  for (let tries = 0; tries < 20; tries += 1) {
    const answer = await api.state({ Prefer: 'drain' }).catch(() => undefined);
    if (answer?.status === 200) return answer.body;
  }
  throw new Error('never drained');
};

/** Two clients, a batch with a rejection in it, an atomic batch, and polls between. */
const scenario = async (api: Api): Promise<void> => {
  await insist(api, 'a', 1, [note('x', 1), { name: 'refuse', args: {} }, note('y', 2)]);
  await eventually(api);
  await insist(api, 'b', 1, [note('x', 3)]);
  await insist(api, 'a', 4, [note('z', 4)]);
  await eventually(api);
};

const check = async (api: Api): Promise<void> => {
  expect(await eventually(api)).toEqual({ entries: { x: 3, y: 2, z: 4 } });
  const { entries } = (await api.call('GET', '/log')).body;
  expect(entries.map((e: any) => [e.seq, e.client, e.n, e.outcome])).toEqual([
    [1, 'a', 1, 'applied'],
    [2, 'a', 2, 'rejected'],
    [3, 'a', 3, 'applied'],
    [4, 'b', 1, 'applied'],
    [5, 'a', 4, 'applied'],
  ]);
  expect((await api.call('GET', '/rejections')).body.rejections.length).toBe(1);
  expect((await api.info()).version).toBe(5);
};

type Watching = 'nobody' | 'a socket';

/** An application at rest; with a reader on the line its changes are applied in the turn that accepts them [D11]. */
const prepared = async (name: string, watching: Watching): Promise<Api> => {
  const path = fresh(name);
  const api = new Api(path);
  await api.create('debug');
  if (watching === 'nobody') return api;
  const line = await connect(path);
  line.send({ type: 'subscribe' });
  await line.next('state');
  await hibernate(path);
  return api;
};

const statementsOf = async (watching: Watching): Promise<number> => {
  const api = await prepared('counts', watching);
  inject(undefined);
  await scenario(api);
  return statementsSeen();
};

describe('a fault at every statement', () => {
  it.each([
    ['throw', 'nobody'],
    ['die', 'nobody'],
    ['throw', 'a socket'],
    ['die', 'a socket'],
  ] as const)(
    '[Q1] [Q3] [D2] [D6] [D11] [E3] %s, watched by %s: nothing is lost, doubled or half-applied',
    async (kind, watching) => {
      const statements = await statementsOf(watching);
      expect(statements).toBeGreaterThan(watching === 'nobody' ? 15 : 10);
      const before = faultsHappened();
      for (let at = 1; at <= statements; at += 1) {
        const api = await prepared(`faulty-${kind}-${at}`, watching);
        inject({ kind, at });
        await scenario(api);
        inject(undefined);
        await check(api);
      }
      // The last statements may fall behind the end of a scenario that had to do less.
      expect(faultsHappened() - before).toBeGreaterThan(statements * 0.8);
    },
    120_000,
  );
});
