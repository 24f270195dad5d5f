import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClientFrame } from '../../../../src/protocol/frames.ts';
import { Api, sign } from '../../../support/api.ts';
import { connect, type Line, notePush, opened, problemOf } from '../../../support/live.ts';
import { hibernate, inside } from '../../../support/objects.ts';
import { passTime, stopClock } from '../../../support/set-clock.ts';

beforeEach(stopClock);
afterEach(() => void vi.useRealTimers());

describe('who is on the line', () => {
  const asGuest = { headers: { 'Sec-WebSocket-Protocol': 'changebucket.v1' } };

  it('[W2] [T2] the first frame may bring the token; frames right behind it are judged by it; the definition is named first', async () => {
    const { path, api } = await opened();
    const line = await connect(path, asGuest);
    line.send({ type: 'auth', token: await sign({ sub: path.split('/')[0] }) });
    line.send({ type: 'subscribe' });
    line.send(notePush('c1', 1, 'a'));
    expect(await line.next('authorized')).toMatchObject({ role: 'admin' });
    expect(await line.next('definition')).toEqual({ type: 'definition', version: 1 });
    expect(await line.next('state')).toMatchObject({ version: 1 });
    expect(await line.next('receipts', 'outcomes')).toBeDefined();
    expect((await api.drained()).entries.a).toBe(1);
  });

  it('[W2] until then everything else closes the socket, and changes nothing', async () => {
    const { path, api } = await opened();
    for (const frame of [
      { type: 'subscribe' },
      notePush('c1', 1, 'a'),
      { type: 'presence', data: 1 },
      { type: 'ack', mark: 1 },
    ]) {
      const line = await connect(path, asGuest);
      line.send(frame as ClientFrame);
      expect(problemOf(await line.next('error'))).toBe('unauthorized');
      expect(await line.next('closed')).toMatchObject({ code: 4401, reason: 'unauthorized' });
    }
    expect((await api.drained()).entries.a).toBeUndefined();
  });

  it('[W2] a guest with a bad or foreign token is sent away', async () => {
    const { path } = await opened();
    const bad = await connect(path, asGuest);
    bad.send({ type: 'auth', token: 'a.b.c' });
    expect(await bad.next('closed')).toMatchObject({ code: 4401 });
    const foreign = await connect(path, asGuest);
    foreign.send({ type: 'auth', token: await sign({ sub: 'mallory' }) });
    expect(await foreign.next('closed')).toMatchObject({ code: 4404, reason: 'unknown-application' });
  });

  it('[W2] a guest that says nothing is closed after 10 s', async () => {
    const { path } = await opened();
    const line = await connect(path, asGuest);
    expect(await line.next('closed')).toMatchObject({ code: 4401 });
  });

  it('[W8] a reader may follow and not push', async () => {
    const { path } = await opened();
    const line = await connect(path, { subject: 'bob', apps: { [path]: 'reader' } });
    expect(await line.next('authorized')).toMatchObject({ role: 'reader' });
    line.send({ type: 'subscribe' });
    await line.next('state');
    line.send(notePush('bobs', 1, 'a'));
    expect(await line.next('refused')).toMatchObject({
      client: 'bobs',
      n: 1,
      problem: { status: 403, needed: 'writer' },
    });
  });

  it('[W12] when the token expires nothing more is delivered or taken in', async () => {
    const { path, api } = await opened();
    const expires = Math.floor(Date.now() / 1_000) + 2;
    const line = await connect(path, { expires: '2s' });
    expect((await line.next('authorized')).expires).toBeLessThanOrEqual(expires + 1);
    line.send({ type: 'subscribe' });
    await line.next('state');
    const pusher = await connect(path, { expires: '4s' });
    await api.push('c1', 1, 'note', { key: 'before', value: 1 });
    expect(await line.next('patch')).toMatchObject({ to: 2 });
    passTime(2_100);
    await api.push('c1', 2, 'note', { key: 'after', value: 1 });
    expect(problemOf(await line.next('error'))).toBe('unauthorized');
    expect(await line.next('closed')).toMatchObject({ code: 4401 });
    passTime(2_000);
    pusher.send(notePush('late', 1, 'late'));
    expect(await pusher.next('closed')).toMatchObject({ code: 4401 });
    expect((await api.drained()).entries.late).toBeUndefined();
  });

  describe('[W12] an idle socket whose token has expired is closed by whoever comes next', () => {
    const stranger = async (path: string): Promise<Api> => new Api(path, 'bob', { [path]: 'reader' });
    const comers: Record<string, (path: string, other: Line) => Promise<unknown>> = {
      'a poll': async (path) => (await stranger(path)).state(),
      'a ticket': async (path) => (await stranger(path)).ticket('c1', 1),
      'a handshake': (path) => connect(path),
      'a frame of another socket': async (_, other) => other.send({ type: 'unsubscribe' }),
      'a poll after hibernation': async (path) => {
        await hibernate(path);
        return (await stranger(path)).state();
      },
    };
    it.each(Object.keys(comers))('%s', async (name) => {
      const { path } = await opened();
      const other = await connect(path);
      const idle = await connect(path, { expires: '2s' });
      const later = await connect(path, { expires: '4s' });
      await idle.next('authorized');
      passTime(2_100);
      await comers[name]?.(path, other);
      expect(problemOf(await idle.next('error'))).toBe('unauthorized');
      expect(await idle.next('closed')).toMatchObject({ code: 4401 });
      passTime(2_000);
      expect(later.rest().map(({ type }) => type)).toEqual(['authorized']);
      await comers[name]?.(path, other);
      expect(await later.next('closed')).toMatchObject({ code: 4401 });
      other.close();
    });

    it('an alarm that is set anyway', async () => {
      const { path } = await opened();
      const idle = await connect(path, { expires: '2s' });
      await idle.next('authorized');
      await inside(path, (storage) => storage.setAlarm(Date.now() + 100));
      passTime(2_200);
      expect(await idle.next('error')).toBeDefined();
      expect(await idle.next('closed')).toMatchObject({ code: 4401 });
    });

    it('a socket that was renewed stays open', async () => {
      const { path, api } = await opened();
      const line = await connect(path, { expires: '2s' });
      await line.next('authorized');
      line.send({ type: 'auth', token: await sign({ sub: path.split('/')[0] }, '10m') });
      await line.next('authorized');
      passTime(2_100);
      await api.state();
      line.send({ type: 'subscribe' });
      expect(await line.next('state')).toBeDefined();
    });
  });

  it('[W12] a new token keeps the socket open without a gap, for the same subject only', async () => {
    const { path, api } = await opened();
    const line = await connect(path, { expires: '2s' });
    line.send({ type: 'subscribe' });
    await line.next('state');
    line.send({ type: 'auth', token: await sign({ sub: 'mallory', apps: { [path]: 'admin' } }) });
    expect(problemOf(await line.next('error'))).toBe('forbidden');
    line.send({ type: 'auth', token: 'rubbish' });
    expect(problemOf(await line.next('error'))).toBe('unauthorized');
    line.send({ type: 'auth', token: await sign({ sub: path.split('/')[0] }, '10m') });
    expect((await line.next('authorized')).expires).toBeGreaterThan(Date.now() / 1_000 + 100);
    passTime(2_200);
    await api.push('c1', 1, 'note', { key: 'after', value: 1 });
    expect(await line.next('patch')).toMatchObject({ from: 1, to: 2 });
  });
});
