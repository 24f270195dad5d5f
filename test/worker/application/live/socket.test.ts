import { describe, expect, it, vi } from 'vitest';
import type { ClientFrame } from '../../../../src/protocol/frames.ts';
import type { Json } from '../../../../src/protocol/json.ts';
import { SOCKETS_MAX, UNAUTHENTICATED_SOCKETS_MAX } from '../../../../src/protocol/limits.ts';
import type { SocketIdentity } from '../../../../src/server/access/socket-identity.ts';
import { type SocketHost, Sockets } from '../../../../src/server/application/live/sockets.ts';
import type { UpdateCache } from '../../../../src/server/application/live/update-cache.ts';
import { Api, fresh, sign } from '../../../support/api.ts';
import { connect, type Heard, type Line, opened, shake } from '../../../support/live.ts';
import { hibernate, inside, until } from '../../../support/objects.ts';
import { positionIn } from '../../../support/position.ts';

/** A socket that follows the state, and what it was told first. */
const following = async (path: string, rest: Partial<ClientFrame> = {}): Promise<Line> => {
  const line = await connect(path);
  line.send({ type: 'subscribe', ...rest } as ClientFrame);
  await line.next('state', 'current', 'patch', 'gone');
  return line;
};

const note = (client: string, n: number, key: string, value: unknown = n): ClientFrame =>
  ({ type: 'push', client, n, name: 'note', args: { key, value } }) as ClientFrame;

const problemOf = (heard: Heard): string =>
  'problem' in heard ? heard.problem.type.replace('urn:changebucket:problem:', '') : heard.type;

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

describe('who is on the line', () => {
  const asGuest = { headers: { 'Sec-WebSocket-Protocol': 'changebucket.v1' } };

  it('[W2] [T2] the first frame may bring the token; frames right behind it are judged by it; the definition is named first', async () => {
    const { path, api } = await opened();
    const line = await connect(path, asGuest);
    line.send({ type: 'auth', token: await sign({ sub: path.split('/')[0] }) });
    line.send({ type: 'subscribe' });
    line.send(note('c1', 1, 'a'));
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
      note('c1', 1, 'a'),
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
    line.patience = 600;
    expect(await line.next('closed')).toMatchObject({ code: 4401 });
  }, 20_000);

  it('[W8] a reader may follow and not push', async () => {
    const { path } = await opened();
    const line = await connect(path, { subject: 'bob', apps: { [path]: 'reader' } });
    expect(await line.next('authorized')).toMatchObject({ role: 'reader' });
    line.send({ type: 'subscribe' });
    await line.next('state');
    line.send(note('bobs', 1, 'a'));
    expect(await line.next('refused')).toMatchObject({
      client: 'bobs',
      n: 1,
      problem: { status: 403, needed: 'writer' },
    });
  });

  it('[W12] when the token expires nothing more is delivered or taken in, within the second', async () => {
    const { path, api } = await opened();
    const expires = Math.floor(Date.now() / 1_000) + 2;
    const line = await connect(path, { expires: '2s' });
    expect((await line.next('authorized')).expires).toBeLessThanOrEqual(expires + 1);
    line.send({ type: 'subscribe' });
    await line.next('state');
    const pusher = await connect(path, { expires: '2s' });
    await api.push('c1', 1, 'note', { key: 'before', value: 1 });
    expect(await line.next('patch')).toMatchObject({ to: 2 });
    await scheduler.wait(2_100);
    await api.push('c1', 2, 'note', { key: 'after', value: 1 });
    expect(problemOf(await line.next('error'))).toBe('unauthorized');
    expect(await line.next('closed')).toMatchObject({ code: 4401 });
    pusher.send(note('late', 1, 'late'));
    expect(await pusher.next('closed')).toMatchObject({ code: 4401 });
    expect((await api.drained()).entries.late).toBeUndefined();
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
    await scheduler.wait(2_200);
    await api.push('c1', 1, 'note', { key: 'after', value: 1 });
    expect(await line.next('patch')).toMatchObject({ from: 1, to: 2 });
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
    expect(await line.next('patch')).toMatchObject({ from: 2, to: 5 });
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
    const line = await following(path);
    line.send({ type: 'subscribe', path: '/entries/a' });
    expect(await line.next('gone')).toMatchObject({ version: 1 });
    await api.push('c1', 1, 'note', { key: 'b', value: 1 }, { Prefer: 'wait=5' });
    await api.push('c1', 2, 'note', { key: 'a', value: 1 }, { Prefer: 'wait=5' });
    expect(await line.next('state', 'patch')).toMatchObject({ type: 'state', version: 3, state: 1 });
    line.send({ type: 'unsubscribe' });
    line.send(note('c2', 1, 'a'));
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

describe('pushing', () => {
  it('[W8] the rules of pushes hold: gap, repeat, conflict, condition, batch, atomic', async () => {
    const { path, api } = await opened();
    const line = await connect(path);
    line.send(note('c1', 2, 'a'));
    expect(await line.next('refused')).toMatchObject({ client: 'c1', n: 2, problem: { status: 409, expected: 1 } });
    line.send(note('c1', 1, 'a'));
    const first = await line.next('outcomes');
    expect(first.outcomes).toEqual([{ client: 'c1', n: 1, seq: 2, status: 'applied', version: 2 }]);
    line.send(note('c1', 1, 'a'));
    const again = await line.next('outcomes');
    expect(again.outcomes).toEqual([{ client: 'c1', n: 1, seq: 2, status: 'applied', version: 2, repeated: true }]);
    line.send(note('c1', 1, 'other'));
    expect(problemOf(await line.next('refused'))).toBe('id-conflict');
    line.send({ ...note('c1', 2, 'b'), match: ['"nowhere.7"'] } as ClientFrame);
    expect((await line.next('outcomes')).outcomes[0]).toMatchObject({
      n: 2,
      seq: 3,
      status: 'rejected',
      problem: { status: 412 },
    });
    const changes = [{ name: 'note', args: { key: 'x', value: 1 } }, { name: 'refuse' }];
    line.send({ type: 'batch', client: 'c1', n: 3, changes });
    expect((await line.next('outcomes')).outcomes.map(({ status }) => status)).toEqual(['applied', 'rejected']);
    line.send({ type: 'batch', client: 'c1', n: 5, changes, atomic: true });
    expect((await line.next('outcomes')).outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    line.send({ type: 'batch', client: 'c1', n: 7, changes, match: ['"a.1"'] });
    expect(problemOf(await line.next('refused'))).toBe('invalid-frame');
    expect((await api.drained()).entries.x).toBe(1);
  });

  it('[W9] pipelined pushes of one client keep their order', async () => {
    const { path, api } = await opened();
    const line = await connect(path);
    await hibernate(path);
    for (let n = 1; n <= 300; n += 1) line.send(note('c1', n, `k${n}`));
    const seqs: number[] = [];
    while (seqs.length < 300) for (const { seq } of (await line.next('outcomes')).outcomes) seqs.push(seq);
    expect(seqs).toEqual(Array.from({ length: 300 }, (_, index) => index + 2));
    const { entries } = (await api.log(1)).body;
    expect(
      entries.filter(({ client }: { client: string }) => client === 'c1').map(({ n }: { n: number }) => n),
    ).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
  });

  it('[W10] outcomes come after the state that contains them, also to other sockets of the client', async () => {
    const { path, api } = await opened();
    const line = await following(path);
    line.send(note('c1', 1, 'a'));
    expect((await line.next('patch', 'outcomes')).type).toBe('patch');
    expect((await line.next('outcomes')).outcomes).toMatchObject([{ n: 1, status: 'applied' }]);
    // By HTTP, as the same client and subject.
    await api.push('c1', 2, 'refuse');
    expect((await line.next('outcomes')).outcomes).toMatchObject([{ n: 2, status: 'rejected' }]);
  });

  it('[W10] a subject does not hear of the outcomes of another', async () => {
    const { path, api } = await opened();
    await api.push('mine', 1, 'note', { key: 'a', value: 1 }, { Prefer: 'wait=5' });
    const bob = await connect(path, { subject: 'bob', apps: { [path]: 'writer' } });
    bob.send(note('mine', 2, 'b'));
    expect(problemOf(await bob.next('refused'))).toBe('client-taken');
    await api.push('mine', 2, 'note', { key: 'a', value: 2 }, { Prefer: 'wait=5' });
    bob.send(note('bobs', 1, 'c'));
    expect((await bob.next('outcomes')).outcomes.map(({ client }) => client)).toEqual(['bobs']);
  });
});

describe('bad frames', () => {
  const bad: readonly (readonly [what: string, message: string | ArrayBuffer, name: string])[] = [
    ['not JSON', '{"type":', 'malformed-json'],
    ['empty', '', 'malformed-json'],
    ['no object', '[1]', 'invalid-frame'],
    ['no type', '{}', 'invalid-frame'],
    ['an unknown type', '{"type":"shutdown"}', 'invalid-frame'],
    ['a prototype name as type', '{"type":"constructor"}', 'invalid-frame'],
    ['a member too many', '{"type":"unsubscribe","now":true}', 'invalid-frame'],
    ['binary', new TextEncoder().encode('{"type":"unsubscribe"}').buffer as ArrayBuffer, 'invalid-frame'],
    ['too deep', `{"type":"presence","data":${'['.repeat(70)}${']'.repeat(70)}}`, 'too-deep'],
    ['a forbidden key', '{"type":"presence","data":{"__proto__":1}}', 'forbidden-key'],
    ['a number out of range', '{"type":"presence","data":1e999}', 'number-range'],
    ['a lone surrogate', '{"type":"presence","data":"\\ud800"}', 'ill-formed-string'],
    ['a bad client', '{"type":"push","client":"..","n":1,"name":"note"}', 'invalid-frame'],
    ['n = 0', '{"type":"push","client":"c","n":0,"name":"note"}', 'invalid-frame'],
    ['n as text', '{"type":"push","client":"c","n":"1","name":"note"}', 'invalid-frame'],
    ['a bad name', '{"type":"push","client":"c","n":1,"name":"$migrate"}', 'invalid-frame'],
    ['an empty batch', '{"type":"batch","client":"c","n":1,"changes":[]}', 'invalid-frame'],
    ['a bad pointer', '{"type":"subscribe","path":"a"}', 'invalid-frame'],
    ['a bad version', '{"type":"subscribe","known":{"epoch":"e","version":-1}}', 'invalid-frame'],
    ['presence over 1 KB', JSON.stringify({ type: 'presence', data: 'x'.repeat(1_100) }), 'invalid-frame'],
    ['a ttl over a minute', '{"type":"presence","data":1,"ttl":61}', 'invalid-frame'],
    ['a mark of nobody', '{"type":"ack","mark":0.5}', 'invalid-frame'],
  ];

  it.each(bad)('[W4] %s is an error and nothing else', async (_, message, name) => {
    const { path, api } = await opened();
    const line = await following(path);
    line.sendRaw(message);
    expect(problemOf(await line.next('error'))).toBe(name);
    line.send(note('c1', 1, 'a'));
    expect((await line.next('outcomes')).outcomes).toMatchObject([{ n: 1, seq: 2, status: 'applied' }]);
    expect(Object.keys((await api.drained()).entries).sort()).toEqual(['a', 'filler']);
  });

  it('[W4] the 20th in a row closes with 4400; a good one in between starts the count again', async () => {
    const { path } = await opened();
    const line = await connect(path);
    for (let i = 0; i < 19; i += 1) line.sendRaw('{');
    line.send({ type: 'unsubscribe' });
    for (let i = 0; i < 20; i += 1) line.sendRaw('{');
    expect(await line.next('closed')).toMatchObject({ code: 4400, reason: 'invalid-frame' });
  });

  it('[W4] [W16] a frame over 1 MiB closes with 1009, one of 1 MiB does not', async () => {
    const { path } = await opened();
    const line = await connect(path);
    const frame = (length: number) => JSON.stringify({ type: 'nothing', x: 'é'.repeat(length) });
    line.sendRaw(frame(520_000));
    expect(problemOf(await line.next('error'))).toBe('invalid-frame');
    line.sendRaw(frame(530_000));
    expect(await line.next('closed')).toMatchObject({ code: 1009, reason: 'too-large' });
  });

  it('[W13] a flood closes with 4429: 10,000 frames at once are taken, one more is not', async () => {
    const { path } = await opened();
    const [line, calm] = [await connect(path), await following(path)];
    // Without time passing nothing is refilled, however slow this machine is.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    try {
      line.patience = 800;
      for (let i = 0; i < 10_000; i += 1) line.sendRaw('{"type":"unsubscribe"}');
      line.send({ type: 'subscribe' });
      expect(await line.next('closed', 'state')).toMatchObject({ code: 4429, reason: 'rate-limited' });
    } finally {
      vi.useRealTimers();
    }
    calm.send(note('c1', 1, 'a'));
    expect((await calm.next('outcomes')).outcomes).toHaveLength(1);
  }, 30_000);
});

describe('flow control', () => {
  const big = (n: number) => 'x'.repeat(200_000) + n;

  /** A socket that has been paused by n big changes, none of them acknowledged. */
  const paused = async (path: string, api: Api): Promise<{ line: Line; n: number }> => {
    const line = await following(path);
    line.answersMarks = false;
    for (let n = 1; n < 20; n += 1) {
      await api.push('c1', n, 'note', { key: 'big', value: big(n) }, { Prefer: 'wait=5' });
      if (line.rest().some(({ type }) => type === 'paused')) return { line, n };
    }
    throw new Error('never paused');
  };

  it('[W11] a reader that acknowledges nothing is paused, and gets one step to the present after its ack', async () => {
    const { path, api } = await opened();
    const line = await following(path);
    line.answersMarks = false;
    const other = await following(path);
    let n = 0;
    const marks: number[] = [];
    for (let paused = false; !paused; ) {
      n += 1;
      await api.push('c1', n, 'note', { key: 'big', value: big(n) }, { Prefer: 'wait=5' });
      for (const heard of line.rest()) {
        if (heard.type === 'mark') marks.push(heard.mark);
        paused ||= heard.type === 'paused';
      }
      expect(n).toBeLessThan(20);
    }
    const told = line.heard;
    for (let more = 0; more < 5; more += 1) {
      n += 1;
      await api.push('c1', n, 'note', { key: 'big', value: big(n) }, { Prefer: 'wait=5' });
    }
    expect(line.heard).toBe(told);
    for (let seen = 0; seen < n + 1; ) {
      const heard = await other.next('patch', 'state');
      seen = heard.type === 'patch' ? heard.to : heard.version;
    }
    expect(marks.length).toBeGreaterThan(1);
    line.send({ type: 'ack', mark: marks.at(-1) as number });
    const step = await line.next('patch', 'state');
    expect(step.type === 'patch' ? step.to : step.version).toBe(n + 1);
    await api.push('c1', n + 1, 'note', { key: 'small', value: 1 });
    expect(await line.next('patch')).toMatchObject({ from: n + 1, to: n + 2 });
  });

  it('[W11] [W14] a pause outlives the object', async () => {
    const { path, api } = await opened();
    const { line, n } = await paused(path, api);
    await hibernate(path);
    await api.push('c1', n + 1, 'note', { key: 'small', value: 1 }, { Prefer: 'wait=5' });
    expect(line.rest()).toEqual([]);
    line.send({ type: 'ack', mark: 1 });
    const step = await line.next('patch', 'state');
    expect(step.type === 'patch' ? step.to : step.version).toBe(n + 2);
  });

  it('[W11] [W16] one that stays paused for 60 s is closed with 4408', async () => {
    const { path, api } = await opened();
    const { line, n } = await paused(path, api);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 59_000 });
    try {
      await api.push('c1', n + 1, 'note', { key: 'small', value: 1 }, { Prefer: 'wait=5' });
      expect(line.rest()).toEqual([]);
      vi.setSystemTime(Date.now() + 2_000);
      await api.push('c1', n + 2, 'note', { key: 'small', value: 2 });
      expect(await line.next('closed')).toMatchObject({ code: 4408, reason: 'too-slow' });
    } finally {
      vi.useRealTimers();
    }
  });

  it('[W11] a state that is too big for a socket is a resync; the client reads it by HTTP and goes on from there', async () => {
    const { path, api } = await opened();
    for (let n = 1; n <= 5; n += 1)
      await api.push('c1', n, 'note', { key: `big${n}`, value: big(n) }, { Prefer: 'wait=5' });
    await api.push('c1', 6, 'grow', { key: 'bigger', bytes: 300_000 }, { Prefer: 'wait=5' });
    const line = await connect(path);
    line.send({ type: 'subscribe' });
    await line.next('resync');
    const { headers } = await api.state();
    const known = {
      epoch: positionIn(headers).epoch,
      version: positionIn(headers).version,
    };
    line.send({ type: 'subscribe', known });
    await line.next('current');
    await api.push('c1', 7, 'note', { key: 'small', value: 1 });
    expect(await line.next('patch')).toMatchObject({ from: 7, to: 8 });
  });

  it('[W11] who pushes on without reading is closed with 4408', async () => {
    const { path } = await opened();
    const line = await connect(path);
    line.answersMarks = false;
    const wrong = JSON.stringify({ type: 'push', client: 'c1', n: 2, name: 'note' });
    const started = Date.now();
    for (;;) {
      for (let i = 0; i < 1_000; i += 1) line.sendRaw(wrong);
      await scheduler.wait(450);
      const end = line.rest().find(({ type }) => type === 'closed');
      if (end !== undefined) {
        expect(end).toMatchObject({ code: 4408, reason: 'too-slow' });
        break;
      }
      expect(Date.now() - started).toBeLessThan(25_000);
    }
  }, 30_000);
});

describe('sleep', () => {
  it('[W14] subscription, version, identity and clients outlive the object, between any two frames', async () => {
    const { path, api } = await opened();
    const line = await following(path);
    const part = await following(path, { path: '/entries/part' } as Partial<ClientFrame>);
    for (let n = 1; n <= 8; n += 1) {
      await hibernate(path);
      line.send(note('c1', n, n % 4 === 0 ? 'part' : `k${n}`));
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
  }, 30_000);
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

describe('presence', () => {
  it('[W15] those who take part hear of each other; nothing of it is in the state or the log', async () => {
    const { path, api } = await opened();
    const [a, b, c] = [
      await connect(path),
      await connect(path, { subject: 'bob', apps: { [path]: 'reader' } }),
      await following(path),
    ];
    a.send({ type: 'presence', data: { cursor: 1 } });
    const { self } = await a.next('presence');
    b.send({ type: 'presence', data: null });
    expect(await b.next('presence')).toMatchObject({
      peers: [{ peer: self, user: path.split('/')[0], data: { cursor: 1 }, ttl: 30 }],
    });
    a.send({ type: 'presence', data: { cursor: 2 }, ttl: 5 });
    const about = async (line: Line): Promise<unknown> => {
      for (;;) {
        const peer = (await line.next('presence')).peers.find((each) => each.peer === self);
        if (peer !== undefined) return [peer.data, peer.ttl];
      }
    };
    expect(await about(b)).toEqual([{ cursor: 2 }, 5]);
    await hibernate(path);
    const d = await connect(path);
    d.send({ type: 'presence', data: 'here' });
    expect((await d.next('presence')).peers).toMatchObject([{ peer: self, data: { cursor: 2 } }]);
    a.close();
    expect(await about(b)).toEqual([null, expect.any(Number)]);
    expect(c.rest()).toEqual([]);
    expect((await api.log(0)).body.entries).toHaveLength(1);
  });

  it('[W15] it ends after its ttl unless it is sent again', async () => {
    const { path } = await opened();
    const a = await connect(path);
    a.send({ type: 'presence', data: 'soon gone', ttl: 1 });
    await a.next('presence');
    await scheduler.wait(1_100);
    const b = await connect(path);
    b.send({ type: 'presence', data: null });
    expect((await b.next('presence')).peers).toEqual([]);
  });

  it('[W15] at most 100 take part', async () => {
    const { path } = await opened();
    const lines = await Promise.all(Array.from({ length: 101 }, () => connect(path)));
    for (const line of lines.slice(0, 100)) line.send({ type: 'presence', data: 1 });
    for (const line of lines.slice(0, 100)) await line.next('presence');
    const last = lines[100] as Line;
    last.send({ type: 'presence', data: 1 });
    expect(problemOf(await last.next('error'))).toBe('presence-full');
  }, 20_000);
});

it('[W6] [W14] a part begins after sleep where it was told last, not where it was subscribed', async () => {
  const path = fresh(`owner-${crypto.randomUUID()}`);
  const api = new Api(path);
  await api.create('document');
  const change = (n: number, patch: Json): Promise<unknown> => api.merge('c1', n, patch, { Prefer: 'wait=5' });
  await change(1, { part: { filler: 'x'.repeat(300), at: 1 } });
  const line = await following(path, { path: '/part' });
  await change(2, { part: { at: 2 } });
  expect(await line.next('patch')).toMatchObject({ from: 1, to: 2 });
  await change(3, { elsewhere: 3 });
  await hibernate(path);
  await change(4, { part: { at: 4 } });
  expect(await line.next('patch', 'state')).toMatchObject({ type: 'patch', from: 2, to: 4 });
});

describe('many sockets', () => {
  it('[W17] [B2] 2,000 sockets, 100 of them without a token, and no more', () => {
    const host: SocketHost = {
      acceptWebSocket: () => undefined,
      getWebSockets: () => [],
      setWebSocketAutoResponse: () => undefined,
    };
    const updates = { next: () => undefined } as unknown as UpdateCache;
    const sockets = new Sockets({ host, updates, current: () => undefined });
    const guest = { kind: 'guest', until: 0 } as const;
    const known = { kind: 'known', subject: 'alice', role: 'reader' } as const;
    const open = (count: number, who: SocketIdentity): string[] =>
      Array.from({ length: count }, () => {
        const opened = sockets.open(who, () => 0);
        return 'name' in opened ? opened.name : 'socket';
      });
    expect(new Set(open(UNAUTHENTICATED_SOCKETS_MAX, guest))).toEqual(new Set(['socket']));
    expect(open(1, guest)).toEqual(['unavailable']);
    expect(new Set(open(SOCKETS_MAX - UNAUTHENTICATED_SOCKETS_MAX, known))).toEqual(new Set(['socket']));
    expect(open(1, known)).toEqual(['unavailable']);
  });

  it('[W17] 1,000 follow one application; each hears every step, and they cost nothing while idle', async () => {
    const { path, api } = await opened();
    const lines: Line[] = [];
    for (let i = 0; i < 1_000; i += 1) lines.push(await following(path));
    await until(async () => (await inside(path, (storage) => storage.getAlarm())) === null);
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
  }, 60_000);
});
