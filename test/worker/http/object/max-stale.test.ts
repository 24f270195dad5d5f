import { afterEach, describe, expect, it, vi } from 'vitest';
import { Api, fresh, problemName } from '../../../support/api.ts';
import { positionIn } from '../../../support/position.ts';

const etag = (answer: { headers: Headers }): string => answer.headers.get('ETag') as string;
const honored = (answer: { headers: Headers }): string | null => answer.headers.get('Preference-Applied');
const LONG = { Prefer: 'max-stale=10000' };

/** An application at version 1 that this isolate has a snapshot of, and which is at version 2 meanwhile. */
const moved = async (): Promise<{ readonly api: Api; readonly old: string; readonly now: string }> => {
  const api = new Api(fresh());
  await api.merge('c1', 1, { filler: 'x'.repeat(400), a: 1 }, { Prefer: 'wait=5' });
  const old = etag(await api.state(LONG));
  await api.merge('c1', 2, { a: 2 }, { Prefer: 'wait=5' });
  return { api, old, now: old.replace('.1"', '.2"') };
};

afterEach(() => vi.useRealTimers());

describe('answers of a bounded age', () => {
  it('[S13] a poll that allows it may be answered with what was true a moment ago, and is told so', async () => {
    const { api, old } = await moved();
    const stale = await api.state(LONG);
    expect([stale.status, etag(stale), honored(stale)]).toEqual([200, old, 'max-stale=10000']);
    expect(stale.body).toMatchObject({ a: 1 });
    const unchanged = await api.state({ ...LONG, 'If-None-Match': old });
    expect([unchanged.status, etag(unchanged), honored(unchanged)]).toEqual([304, old, 'max-stale=10000']);
  });

  it('[S13] nobody gets an old answer who does not ask for one', async () => {
    const { api, now } = await moved();
    for (const headers of [{}, { Prefer: 'max-stale=0' }, { Prefer: 'drain' }]) {
      const answer = await api.state(headers);
      expect([answer.status, etag(answer), honored(answer)]).toEqual([200, now, null]);
    }
  });

  it('[S13] what is older than allowed is not told', async () => {
    const { api, old, now } = await moved();
    const later = Date.now() + 700;
    vi.useFakeTimers({ toFake: ['Date'], now: later });
    expect(etag(await api.state({ Prefer: 'max-stale=10000' }))).toBe(old);
    const answer = await api.state({ Prefer: 'max-stale=500' });
    expect([etag(answer), honored(answer)]).toEqual([now, null]);
    // After its own read, this isolate has the newer version.
    expect(etag(await api.state(LONG))).toBe(now);
  });

  it('[S13] [S10] nobody is taken back behind what he knows or asks for', async () => {
    const { api, now } = await moved();
    const patched = await api.state({ ...LONG, 'If-None-Match': now });
    expect([patched.status, etag(patched)]).toEqual([304, now]);
    const { api: other } = await moved();
    expect(etag(await other.state({ ...LONG, 'Min-Version': '2' }))).toMatch(/\.2"$/);
  });

  it('[S13] after a restore a reader of the new epoch does not see the old one again', async () => {
    const { api, old } = await moved();
    const backup = (await api.call('GET', '/export')).text;
    await api.call('PUT', '/import', backup, { 'Content-Type': 'application/x-ndjson' });
    const { headers } = await api.call('GET', '');
    const epoch = positionIn(headers).epoch;
    expect(old).not.toContain(epoch);
    const answer = await api.state({ ...LONG, 'If-None-Match': `"${epoch}.0"` });
    expect(positionIn(answer.headers).epoch).toBe(epoch);
  });

  it('[S13] patches are kept for the next reader with the same etag', async () => {
    const { api, old, now } = await moved();
    const DELTA = { 'If-None-Match': old, 'A-IM': 'json-patch' };
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
    const first = await api.state({ ...DELTA, ...LONG });
    const second = await api.state({ ...DELTA, ...LONG });
    expect([first.status, honored(first), etag(first)]).toEqual([226, null, now]);
    expect([second.status, honored(second), etag(second)]).toEqual([226, 'max-stale=10000', now]);
    expect(second.text).toBe(first.text);
    expect(second.headers.get('Delta-Base')).toBe(old);
    // A state that was never read has no snapshot.
    expect(honored(await api.state(LONG))).toBeNull();
  });

  it('[S13] [A4] only who may read is answered', async () => {
    const { api } = await moved();
    const stranger = new Api(api.path.slice('/v1/apps/'.length), 'stranger');
    const answer = await stranger.state(LONG);
    expect(problemName(answer)).toBe(problemName(await stranger.state()));
    expect(answer.status).toBeGreaterThanOrEqual(403);
  });

  it('[S13] [J10] an age that is no number is refused', async () => {
    const { api } = await moved();
    for (const age of ['max-stale', 'max-stale=soon', 'max-stale=-1', 'max-stale=1.5'])
      expect(problemName(await api.state({ Prefer: age }))).toBe('invalid-header');
  });
});
