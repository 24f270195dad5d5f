import { runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import type { ClientFrame } from '../../../../src/protocol/frames.ts';
import type { Json } from '../../../../src/protocol/json.ts';
import { SOCKETS_MAX } from '../../../../src/protocol/limits.ts';
import type { SocketIdentity } from '../../../../src/server/access/socket-identity.ts';
import { type SocketHost, Sockets } from '../../../../src/server/application/live/sockets.ts';
import type { UpdateCache } from '../../../../src/server/application/live/update-cache.ts';
import { Api, fresh, sign } from '../../../support/api.ts';
import {
  connect,
  type Heard,
  type Line,
  notePush,
  opened,
  problemOf,
  shake,
  subscribed,
} from '../../../support/live.ts';
import { alarmsDone, hibernate, inside, stubOf } from '../../../support/objects.ts';
import { positionIn } from '../../../support/position.ts';
import { until } from '../../../support/wait.ts';

describe('the handshake', () => {
  it('[W1] without an upgrade it is 426, without the subprotocol 400', async () => {
    const { path, api } = await opened();
    const plain = await api.call('GET', '/socket');
    expect([plain.status, plain.headers.get('Upgrade')]).toEqual([426, 'websocket']);
    const token = await sign({ sub: path.split('/')[0] });
    for (const offered of [
      {},
      { 'Sec-WebSocket-Protocol': 'graphql-ws' },
      { 'Sec-WebSocket-Protocol': 'CHANGEBUCKET.V1' },
    ]) {
      const answer = await shake(path, { headers: { Authorization: `Bearer ${token}`, ...(offered as object) } });
      expect(answer.status).toBe(400);
    }
    const { status, headers } = await shake(path);
    expect([status, headers.get('Sec-WebSocket-Protocol')]).toEqual([101, 'changebucket.v1']);
  });

  it('[W2] the token may come as a subprotocol, and is not sent back', async () => {
    const { path } = await opened();
    const token = await sign({ sub: path.split('/')[0] });
    const answer = await shake(path, { headers: { 'Sec-WebSocket-Protocol': `changebucket.v1, bearer.${token}` } });
    expect([answer.status, answer.headers.get('Sec-WebSocket-Protocol')]).toEqual([101, 'changebucket.v1']);
  });

  it('[W2] a bad token gets no socket, a foreign one sees no application', async () => {
    const { path } = await opened();
    const bad = { 'Sec-WebSocket-Protocol': 'changebucket.v1, bearer.eyJh.e30.xxxx' };
    expect((await shake(path, { headers: bad })).status).toBe(401);
    expect(
      (await shake(path, { headers: { 'Sec-WebSocket-Protocol': 'changebucket.v1', Authorization: 'Bearer x' } }))
        .status,
    ).toBe(401);
    const foreign = await shake(path, { subject: 'mallory' });
    const unknown = await shake(`${path.split('/')[0]}/nothing-here`, { subject: 'mallory' });
    expect([foreign.status, await foreign.text()]).toEqual([404, await unknown.text()]);
    const inUrl = await shake(`${path}`, { headers: { 'Sec-WebSocket-Protocol': 'changebucket.v1' } });
    expect(inUrl.status).toBe(101);
  });

  it('[W3] a page of another origin is refused before the application is asked', async () => {
    const { path } = await opened();
    const token = await sign({ sub: path.split('/')[0] });
    for (const Origin of [
      'https://evil.test',
      'null',
      'https://changebucket.test.evil.test',
      'http://changebucket.test',
    ]) {
      const headers = { 'Sec-WebSocket-Protocol': `changebucket.v1, bearer.${token}`, Origin };
      expect((await shake(path, { headers })).status).toBe(403);
    }
    const headers = {
      'Sec-WebSocket-Protocol': `changebucket.v1, bearer.${token}`,
      Origin: 'https://changebucket.test',
    };
    expect((await shake(path, { headers })).status).toBe(101);
  });
});

describe('following the state', () => {
  it('[W5] subscribe is answered by the state, and every step comes after it [W6]', async () => {
    const { path, api } = await opened();
    const line = await connect(path);
    line.send({ type: 'subscribe' });
    const state = await line.next('state');
    expect(state).toMatchObject({ version: 1, state: { entries: { filler: 'x'.repeat(300) } } });
    await api.push('c1', 1, 'note', { key: 'a', value: 1 });
    expect(await line.next('patch')).toEqual({
      ...{ type: 'patch', from: 1, to: 2 },
      patch: [{ op: 'add', path: '/entries/a', value: 1 }],
    });
    await api.batch(
      'c1',
      2,
      [2, 3, 4].map((n) => ({ name: 'note', args: { key: 'a', value: n } })),
    );
    // A drain ends its slice by the clock: the three may come in more than one step, and none is left out.
    let from = 2;
    while (from < 5) {
      const step = await line.next('patch');
      expect(step).toMatchObject({ from });
      from = Number(step.to);
    }
    expect(from).toBe(5);
  });

  it('[W5] what is known is not sent again: current, patch, or the state', async () => {
    const { path, api } = await opened();
    const epoch = positionIn((await api.state()).headers).epoch;
    await api.push('c1', 1, 'note', { key: 'a', value: 1 }, { Prefer: 'wait=5' });
    const ask = async (known: { epoch: string; version: number }): Promise<Heard> => {
      const line = await connect(path);
      line.send({ type: 'subscribe', known });
      return line.next('current', 'patch', 'state');
    };
    expect(await ask({ epoch, version: 2 })).toEqual({ type: 'current', epoch, version: 2 });
    expect(await ask({ epoch, version: 1 })).toMatchObject({ type: 'patch', from: 1, to: 2 });
    expect(await ask({ epoch, version: 9 })).toMatchObject({ type: 'state', version: 2 });
    expect(await ask({ epoch: 'other', version: 2 })).toMatchObject({ type: 'state', version: 2 });
  });

  it('[W5] one subscription: another takes its place, unsubscribe ends it', async () => {
    const { path, api } = await opened();
    const line = await subscribed(path);
    line.send({ type: 'subscribe', path: '/entries/a' });
    expect(await line.next('gone')).toMatchObject({ version: 1 });
    await api.push('c1', 1, 'note', { key: 'b', value: 1 }, { Prefer: 'wait=5' });
    await api.push('c1', 2, 'note', { key: 'a', value: 1 }, { Prefer: 'wait=5' });
    expect(await line.next('state', 'patch')).toMatchObject({ type: 'state', version: 3, state: 1 });
    line.send({ type: 'unsubscribe' });
    line.send(notePush('c2', 1, 'a'));
    await line.next('outcomes');
    await api.push('c1', 3, 'note', { key: 'a', value: 2 }, { Prefer: 'wait=5' });
    line.sendRaw('ping');
    await until(async () => line.texts.includes('pong'));
    expect(line.rest()).toEqual([]);
  });

  it('[W5] with a path only what changes there is told, relative to it', async () => {
    const { path, api } = await opened();
    const line = await connect(path);
    const deep = { list: [1, 2, { name: 'old' }], other: 1 };
    await api.push('c1', 1, 'note', { key: 'deep', value: deep }, { Prefer: 'wait=5' });
    line.send({ type: 'subscribe', path: '/entries/deep' });
    expect(await line.next('state')).toMatchObject({ version: 2, state: deep });
    for (let n = 2; n < 12; n += 1)
      await api.push('c1', n, 'note', { key: 'elsewhere', value: n }, { Prefer: 'wait=5' });
    await api.push('c1', 12, 'note', { key: 'deep', value: { ...deep, other: 2 } }, { Prefer: 'wait=5' });
    const heard = await line.next('state', 'patch');
    expect([heard.type === 'state' ? heard.version : heard.to, line.rest()]).toEqual([13, []]);
  });

  it('[W7] an import sends a fresh state, a deletion closes with 4404', async () => {
    const { path, api } = await opened();
    const line = await connect(path);
    line.send({ type: 'subscribe' });
    const before = await line.next('state');
    const backup = (await api.call('GET', '/export')).text;
    await api.call('PUT', '/import', backup, { 'Content-Type': 'application/x-ndjson' });
    const after = await line.next('state');
    expect(after.epoch).not.toBe(before.epoch);
    expect(after.state).toEqual(before.state);
    await api.call('DELETE', '');
    expect(await line.next('closed')).toMatchObject({ code: 4404, reason: 'unknown-application' });
  });

  it('[W5] an application that is not there yet is an error, and a push may create it', async () => {
    const path = fresh(`owner-${crypto.randomUUID()}`);
    const line = await connect(path);
    line.send({ type: 'subscribe' });
    expect(problemOf(await line.next('error'))).toBe('unknown-application');
    line.send({ type: 'push', client: 'c1', n: 1, name: 'merge', args: { a: 1 } });
    await line.next('receipts', 'outcomes');
    line.send({ type: 'subscribe' });
    expect(await line.next('state')).toMatchObject({ state: { a: 1 } });
  });
});

describe('sleep', () => {
  it('[W14] subscription, version, identity and clients outlive the object, between any two frames', async () => {
    const { path, api } = await opened();
    const line = await subscribed(path);
    const part = await subscribed(path, { path: '/entries/part' } as Partial<ClientFrame>);
    for (let n = 1; n <= 8; n += 1) {
      await hibernate(path);
      line.send(notePush('c1', n, n % 4 === 0 ? 'part' : `k${n}`));
      if (n % 2 === 0) await hibernate(path);
      const step = await line.next('patch');
      expect([step.from, step.to]).toEqual([n, n + 1]);
      expect((await line.next('outcomes')).outcomes).toMatchObject([{ n, status: 'applied' }]);
      if (n % 4 === 0) expect(await part.next('state', 'patch')).toMatchObject({ type: 'state', state: n });
      else expect(part.rest()).toEqual([]);
    }
    await hibernate(path);
    await api.push('c1', 9, 'refuse');
    expect((await line.next('outcomes')).outcomes).toMatchObject([{ n: 9, status: 'rejected' }]);
  });

  it('[W14] ping is answered without waking the object', async () => {
    const { path } = await opened();
    const line = await connect(path);
    await line.next('authorized');
    await hibernate(path);
    line.sendRaw('ping');
    await until(async () => line.texts.includes('pong'));
  });

  it('[W14] an object that dies closes its sockets; the client comes back with what it knows', async () => {
    const { path, api } = await opened();
    const line = await connect(path);
    line.send({ type: 'subscribe' });
    const { epoch, version } = await line.next('state');
    line.send({ type: 'push', client: 'c1', n: 1, name: 'kill' });
    await line.next('closed');
    await until(
      async () => (await api.ticket('c1', 1)).body.status === 'dead' || (await api.push('c1', 1, 'kill')).status === 0,
    );
    const again = await connect(path);
    again.send({ type: 'subscribe', known: { epoch, version } });
    expect(await again.next('patch', 'current')).toBeDefined();
  });
});

describe('the end', () => {
  it('[W16] a client that closes is answered, also when the object slept', async () => {
    const { path } = await opened();
    const [line, sleeper] = [await connect(path), await connect(path)];
    line.close();
    expect(await line.next('closed')).toMatchObject({ code: 1000 });
    await hibernate(path);
    sleeper.close();
    expect(await sleeper.next('closed')).toMatchObject({ code: 1000 });
  });
});

describe('many sockets', () => {
  it('[W17] [B2] 2,000 sockets, and no more', () => {
    const host: SocketHost = {
      acceptWebSocket: () => undefined,
      getWebSockets: () => [],
      setWebSocketAutoResponse: () => undefined,
    };
    const updates = { next: () => undefined } as unknown as UpdateCache;
    const sockets = new Sockets({ host, updates, current: () => undefined });
    const known = { kind: 'known', subject: 'alice', role: 'reader' } as const;
    const open = (count: number, who: SocketIdentity): string[] =>
      Array.from({ length: count }, () => {
        const opened = sockets.open(who, () => 0);
        return 'name' in opened ? opened.name : 'socket';
      });
    expect(new Set(open(SOCKETS_MAX, known))).toEqual(new Set(['socket']));
    expect(open(1, known)).toEqual(['unavailable']);
  });

  it('[W17] 1,000 follow one application; each hears every step, and they cost nothing while idle', async () => {
    const { path, api } = await opened();
    const lines: Line[] = [];
    for (let i = 0; i < 1_000; i += 1) lines.push(await subscribed(path));
    await alarmsDone(path);
    for (let n = 1; n <= 3; n += 1) {
      await api.push('c1', n, 'note', { key: `k${n}`, value: n });
      for (const line of lines) expect(await line.next('patch')).toMatchObject({ from: n, to: n + 1 });
    }
    const before = (await api.info()).cost;
    await scheduler.wait(300);
    const after = (await api.info()).cost;
    expect(after.rowsWritten).toBe(before.rowsWritten);
    expect(await inside(path, (storage) => storage.getAlarm())).toBeNull();
    for (const line of lines) line.close();
  });
});

it('[W6] [W14] a part begins after sleep where it was told last, not where it was subscribed', async () => {
  const path = fresh(`owner-${crypto.randomUUID()}`);
  const api = new Api(path);
  await api.create('document');
  const change = (n: number, patch: Json): Promise<unknown> => api.merge('c1', n, patch, { Prefer: 'wait=5' });
  await change(1, { part: { filler: 'x'.repeat(300), at: 1 } });
  const line = await subscribed(path, { path: '/part' });
  await change(2, { part: { at: 2 } });
  expect(await line.next('patch')).toMatchObject({ from: 1, to: 2 });
  await change(3, { elsewhere: 3 });
  await hibernate(path);
  await change(4, { part: { at: 4 } });
  expect(await line.next('patch', 'state')).toMatchObject({ type: 'patch', from: 2, to: 4 });
});

it('[W14] a socket of a deployment that called its identity `who` stays usable', async () => {
  const { path, api } = await opened();
  const line = await subscribed(path);
  await runInDurableObject(stubOf(path), (_: unknown, ctx: DurableObjectState) => {
    for (const ws of ctx.getWebSockets()) {
      const { identity, ...rest } = ws.deserializeAttachment() as { readonly identity: SocketIdentity };
      ws.serializeAttachment({ ...rest, who: identity });
    }
  });
  await hibernate(path);
  await api.push('c1', 1, 'note', { key: 'a', value: 1 }, { Prefer: 'wait=5' });
  expect(await line.next('patch')).toMatchObject({ to: 2 });
  line.send(notePush('c2', 1, 'b'));
  expect((await line.next('outcomes')).outcomes).toMatchObject([{ client: 'c2', n: 1, status: 'applied' }]);
  expect((await api.log(1)).body.entries).toMatchObject([{ client: 'c1' }, { user: path.split('/')[0] }]);
});
