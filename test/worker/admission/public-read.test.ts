import { afterEach, describe, expect, it, vi } from 'vitest';
import { STRANGERS_WAKES_BURST } from '../../../src/protocol/access-limits.ts';
import { SOCKETS_MAX } from '../../../src/protocol/limits.ts';
import { Sockets } from '../../../src/server/application/live/sockets.ts';
import { Api, bearer, changedDocument, fresh, type Headings, problemsIn, request } from '../../support/api.ts';
import { fetchWorker } from '../../support/fetch-worker.ts';
import { connect, Events, type Line, notePush, problemOf, shake } from '../../support/live.ts';
import { evict, hibernate } from '../../support/objects.ts';
import { until } from '../../support/wait.ts';

afterEach(() => vi.useRealTimers());

const WITHOUT: Headings = { 'Sec-WebSocket-Protocol': 'changebucket.v1, public' };

const nameOf = (path: string): string => path.replace('/v1/apps/', '');

const opened = async (): Promise<Api> => {
  const api = await changedDocument();
  expect((await api.call('PUT', '/public')).status).toBe(204);
  return api;
};

const streamOf = async (path: string): Promise<Events> => {
  const response = await fetchWorker(`https://changebucket.test${path}/state`, {
    headers: { Accept: 'text/event-stream' },
  });
  expect(response.status).toBe(200);
  return new Events(response.body as ReadableStream<Uint8Array>);
};

const follower = async (path: string): Promise<Line> => {
  const line = await connect(nameOf(path), { headers: WITHOUT });
  expect(await line.next('authorized')).toEqual({ type: 'authorized', role: 'reader' });
  line.send({ type: 'subscribe' });
  await line.next('state');
  return line;
};

describe('[A15] public read', () => {
  it('lets everybody poll, wait, stream and follow by a socket, and tells info', async () => {
    const api = await opened();
    const polled = await request(`${api.path}/state`);
    expect([polled.status, polled.body]).toEqual([200, { a: 1 }]);
    expect(polled.headers.get('Cache-Control')).toBe('private, no-cache');
    expect((await api.info()).public).toBe(true);
    const [events, line] = [await streamOf(api.path), await follower(api.path)];
    expect(await events.next()).toMatchObject({ event: 'state', data: { a: 1 } });
    const waiting = request(`${api.path}/state`, {
      headers: { 'If-None-Match': String(polled.headers.get('ETag')), Prefer: 'wait=10' },
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await api.merge('c1', 2, { a: 2 });
    expect((await waiting).body).toEqual({ a: 2 });
    expect((await events.next())?.id).toMatch(/\.2"$/);
    expect(JSON.stringify(await line.next('patch', 'state'))).toContain('2');
    await events.cut();
  });

  it('grants nothing else: no push, no log, no info, no presence', async () => {
    const api = await opened();
    for (const [method, rest] of [
      ['GET', ''],
      ['GET', '/log'],
      ['GET', '/changes/c1/1'],
      ['GET', '/export'],
      ['PUT', '/public'],
      ['DELETE', ''],
      ['POST', '/changes'],
    ] as const) {
      const body =
        method === 'POST' ? { body: '{"name":"merge"}', headers: { 'Content-Type': 'application/json' } } : {};
      expect(problemsIn(await request(api.path + rest, { method, ...body }), 401, 'unauthorized')).toEqual([]);
    }
    const line = await follower(api.path);
    line.send(notePush('c9', 1, 'a'));
    expect(problemOf(await line.next('refused'))).toBe('forbidden');
    line.send({ type: 'presence', data: 1 });
    expect(problemOf(await line.next('error'))).toBe('forbidden');
    expect((await api.state({ Prefer: 'drain' })).body).toEqual({ a: 1 });
    // A bad token is not the same as none.
    const bad = await request(`${api.path}/state`, { headers: { Authorization: 'Bearer a.b.c' } });
    expect(problemsIn(bad, 401, 'unauthorized')).toEqual([]);
  });

  it('[A3] a closed application looks like a missing one, in every form', async () => {
    const { path: closed } = await changedDocument();
    const missing = `/v1/apps/${fresh()}`;
    const ask = async (path: string, headers: Headings): Promise<unknown> => {
      const { status, text, headers: sent } = await request(`${path}/state`, { headers });
      return [status, text, [...sent.keys()].sort()];
    };
    for (const headers of [{}, { Accept: 'text/event-stream' }, { Prefer: 'max-stale=10000' }]) {
      const answer = await ask(closed, headers);
      expect(answer).toEqual(await ask(missing, headers));
      expect(JSON.stringify(answer)).toContain('[401,');
    }
    const [one, other] = [
      await shake(nameOf(closed), { headers: WITHOUT }),
      await shake(nameOf(missing), { headers: WITHOUT }),
    ];
    expect([one.status, await one.text()]).toEqual([401, await other.text()]);
  });

  it('ends open readers at the closing, hibernated ones too, and leaves the others', async () => {
    const [api, asleep] = [await opened(), await opened()];
    const [events, line, sleeping] = [await streamOf(api.path), await follower(api.path), await follower(asleep.path)];
    await events.next();
    const own = await connect(nameOf(api.path));
    await hibernate(asleep.path);
    const etag = String((await api.state()).headers.get('ETag'));
    const waiting = request(`${api.path}/state`, { headers: { 'If-None-Match': etag, Prefer: 'wait=20' } });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await Promise.all([api.call('DELETE', '/public'), asleep.call('DELETE', '/public')]);
    expect([(await line.next('closed')).code, (await sleeping.next('closed')).code]).toEqual([4401, 4401]);
    expect(await events.next()).toMatchObject({ event: 'end', data: { reason: 'token' } });
    expect((await waiting).status).toBe(401);
    expect(own.rest().map(({ type }) => type)).not.toContain('closed');
    expect((await request(`${api.path}/state`)).status).toBe(401);
    expect((await api.info()).public).toBe(false);
  });

  it('[S13] holds for answers of a bounded age, while others keep them fresh', async () => {
    const api = await opened();
    const headers = { Prefer: 'max-stale=10000' };
    for (let n = 0; n < 2; n += 1) expect((await request(`${api.path}/state`, { headers })).status).toBe(200);
    await api.call('DELETE', '/public');
    await until(async () => {
      await api.state(headers);
      return (await request(`${api.path}/state`, { headers })).status === 401;
    });
  });

  it('outlives an eviction and an import, and ends with the application', async () => {
    const api = await opened();
    await evict(api.path);
    expect((await request(`${api.path}/state`)).status).toBe(200);
    const backup = (await api.call('GET', '/export')).text;
    await api.call('PUT', '/import', backup, { 'Content-Type': 'application/x-ndjson' });
    expect((await request(`${api.path}/state`)).status).toBe(200);
    await api.call('DELETE', '');
    await api.create('document');
    await until(async () => (await request(`${api.path}/state`)).status === 401);
    expect((await api.info()).public).toBe(false);
  });

  it('[A11] is in the audit log of the owner, who may read it', async () => {
    const owner = `pub-${crypto.randomUUID()}`;
    const api = new Api(`${owner}/app`);
    await api.create('document');
    const carol = new Api(`${owner}/app`, 'carol', { [`${owner}/app`]: 'admin' });
    const answers = [await carol.call('PUT', '/public'), await api.call('DELETE', '/public')];
    const path = `/v1/subjects/${owner}/audit`;
    const { entries } = (await request(path, { headers: await bearer(owner) })).body;
    expect(entries).toMatchObject([
      { actor: { subject: 'carol' }, what: 'publish', target: `${owner}/app`, outcome: 204 },
      { actor: { subject: owner }, what: 'unpublish', target: `${owner}/app`, outcome: 204 },
    ]);
    const requests = answers.map(({ headers }) => headers.get('Changebucket-Request'));
    expect(entries.map(({ request: id }: { request: string }) => id)).toEqual(requests);
    const mallory = await request(path, { headers: await bearer('mallory') });
    expect(problemsIn(mallory, 403, 'forbidden')).toEqual([]);
  });

  it('[F3] strangers are one subject: a place of theirs goes to whoever has a token', () => {
    const sockets = new Sockets({
      host: { acceptWebSocket: () => undefined, getWebSockets: () => [], setWebSocketAutoResponse: () => undefined },
      updates: undefined as never,
      current: () => undefined,
    });
    const stranger = { kind: 'known', subject: '\u0000strangers', role: 'reader', isStranger: true } as const;
    for (let n = 0; n < SOCKETS_MAX; n += 1) sockets.open(stranger, () => 0);
    expect('name' in sockets.open(stranger, () => 0)).toBe(true);
    expect('name' in sockets.open({ kind: 'known', subject: 'bob', role: 'reader' }, () => 0)).toBe(false);
    expect(sockets.size).toBe(SOCKETS_MAX);
  });

  it('names that somebody makes up wake a bounded number of applications', async () => {
    // Nothing is granted again meanwhile.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    const names = Array.from({ length: STRANGERS_WAKES_BURST + 20 }, (_, n) => `/v1/apps/made-up/name-${n}/state`);
    const statuses = (await Promise.all(names.map((name) => request(name)))).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    const limited = await request('/v1/apps/made-up/another/state');
    expect(problemsIn(limited, 429, 'rate-limited')).toEqual([]);
    // One that was refused a moment ago is refused without being asked.
    expect((await request(names[0] as string)).status).toBe(401);
    // Whoever has a token is not concerned.
    expect((await request(`${(await changedDocument()).path}/state`, { headers: await bearer('alice') })).status).toBe(
      200,
    );
  });
});
