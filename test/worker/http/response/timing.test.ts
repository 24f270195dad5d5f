import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Answer, Api, fresh, request } from '../../../support/api.ts';
import { hooks } from '../../../support/definitions.ts';

/** The stages of an answer in their order, with how long they took, in ms. */
const timingOf = ({ headers }: Answer): Record<string, number> => {
  const header = headers.get('Server-Timing');
  if (header === null) return {};
  expect(header).toMatch(/^[a-z]+;dur=\d+(, [a-z]+;dur=\d+)*$/);
  const entries = header.split(', ').map((entry) => entry.split(';dur='));
  return Object.fromEntries(entries.map(([stage = '', ms]) => [stage, Number(ms)]));
};

const stagesOf = (answer: Answer): string[] => Object.keys(timingOf(answer));

const board = async (): Promise<Api> => {
  const api = new Api(fresh());
  await api.create('debug');
  return api;
};

afterEach(() => {
  vi.useRealTimers();
  hooks.kill = () => undefined;
});

describe('[G3] Server-Timing', () => {
  it('of a push: accepted and written; applied where it has waited for that', async () => {
    const api = await board();
    const queued = await api.push('c', 1, 'note', { key: 'a', value: 1 });
    expect([queued.status, stagesOf(queued)]).toEqual([202, ['call', 'object', 'accept', 'commit']]);
    const busy = await api.push('c', 2, 'busy', { ms: 30 }, { Prefer: 'wait=5' });
    expect([busy.status, stagesOf(busy)]).toEqual([200, ['call', 'object', 'accept', 'commit', 'drain']]);
    const { call = 0, object = 0, accept = 0, commit = 0, drain = 0 } = timingOf(busy);
    expect(drain).toBeGreaterThanOrEqual(29);
    expect(call).toBeGreaterThanOrEqual(drain);
    // Between the stages there is a little more.
    expect(object).toBeGreaterThanOrEqual(accept + commit + drain);
  });

  it('of a push that was accepted before: nothing is written, and nothing applied', async () => {
    const api = await board();
    const push = () => api.push('c', 1, 'note', { key: 'a', value: 1 }, { Prefer: 'wait=5' });
    expect(stagesOf(await push())).toContain('drain');
    expect(stagesOf(await push())).toEqual(['call', 'object', 'accept']);
  });

  it('of reads: reading, and the waits of long-polls and drained ones', async () => {
    const api = await board();
    const read = await api.state();
    expect([read.status, stagesOf(read)]).toEqual([200, ['call', 'read']]);
    const known = { 'If-None-Match': read.headers.get('ETag') ?? '' };
    expect(stagesOf(await api.state(known))).toEqual(['call', 'read']);
    const waited = await api.state({ ...known, Prefer: 'wait=1' });
    expect([waited.status, stagesOf(waited)]).toEqual([304, ['call', 'read', 'wait']]);
    const { call = 0, read: reading = 0, wait = 0 } = timingOf(waited);
    expect(wait).toBeGreaterThan(900);
    // Reading ends before the wait begins.
    expect(reading + wait).toBeLessThanOrEqual(call);
  });

  it('of a read that drains the queue: how long it has waited for that', async () => {
    // Far ahead, so that no alarm drains it before.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 86_400_000 });
    const api = await board();
    hooks.kill = () => void vi.setSystemTime(Date.now() + 30);
    await api.push('c', 1, 'kill');
    const drained = await api.state({ Prefer: 'drain' });
    expect([drained.status, timingOf(drained)]).toEqual([200, { call: 30, read: 0, drain: 30 }]);
  });

  it('is not on answers of the Worker alone, and none of an earlier answer', async () => {
    const api = await board();
    const stale = { Prefer: 'max-stale=10000' };
    expect(stagesOf(await api.state(stale))).toEqual(['call', 'read']);
    const cached = await api.state(stale);
    expect([cached.headers.get('Preference-Applied'), stagesOf(cached)]).toEqual(['max-stale=10000', []]);
    expect(stagesOf(await request(`${api.path}/state`))).toEqual([]);
    expect(stagesOf(await api.push('c', 9, 'note', { key: 'a', value: 1 }))).toEqual([]);
  });
});
