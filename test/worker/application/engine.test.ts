import { describe, expect, it, vi } from 'vitest';
import { Engine } from '../../../src/server/application/engine.ts';
import { StateCache } from '../../../src/server/application/state/state-cache.ts';
import { Database } from '../../../src/server/application/storage/database.ts';
import { Api, fresh } from '../../support/api.ts';
import { alarmsDone } from '../../support/objects.ts';

const PUBLIC = [
  'begin',
  'atHead',
  'current',
  'waitFor',
  'waitForChange',
  'drained',
  'listen',
  'replace',
  'retry',
  'onAlarm',
  'list',
] as const;

/** An application that has applied a change and sleeps. */
const warm = async (): Promise<Api> => {
  const api = new Api(fresh());
  await api.create('debug');
  await api.push('c1', 1, 'note', { key: 'a', value: 1 });
  await alarmsDone(api.path);
  return api;
};

/** Counts calls while something runs, its alarm included. */
const counted = async (api: Api, work: () => Promise<unknown>) => {
  const entries = PUBLIC.map((name) => vi.spyOn(Engine.prototype, name));
  const headChecks = vi.spyOn(StateCache.prototype, 'current');
  const commits = vi.spyOn(Database.prototype, 'transact');
  try {
    await work();
    await alarmsDone(api.path);
    const calls = entries.reduce((sum, { mock }) => sum + mock.calls.length, 0);
    return { entries: calls, headChecks: headChecks.mock.calls.length, commits: commits.mock.calls.length };
  } finally {
    vi.restoreAllMocks();
  }
};

describe('one push to a warm application', () => {
  it('enters the engine at most 6 times and makes at most 3 head checks, its alarm included', async () => {
    const api = await warm();
    const { entries, headChecks, commits } = await counted(api, async () => {
      await api.push('c1', 2, 'note', { key: 'a', value: 2 });
    });
    // Accepted in one commit, applied in another.
    expect(commits).toBe(2);
    // One more entry is the turn itself, which the batcher calls.
    expect(entries + 1).toBeLessThanOrEqual(6);
    expect(entries).toBeGreaterThan(0);
    expect(headChecks).toBeLessThanOrEqual(3);
    expect(headChecks).toBeGreaterThan(1);
    expect((await api.state()).body).toEqual({ entries: { a: 2 } });
  });

  it('[Q11] also when it waits for the outcome', async () => {
    const api = await warm();
    const { entries, headChecks } = await counted(api, async () => {
      const answer = await api.push('c1', 2, 'note', { key: 'a', value: 2 }, { Prefer: 'wait=5' });
      expect(answer.status).toBe(200);
    });
    expect(entries + 1).toBeLessThanOrEqual(6);
    // One more: the outcome is read in a later turn.
    expect(headChecks).toBeLessThanOrEqual(5);
  });

  it('counts every public member of the engine', () => {
    const members = Object.getOwnPropertyNames(Engine.prototype).filter((name) => name !== 'constructor');
    expect(members.sort()).toEqual([...PUBLIC].sort());
  });
});
