import { describe, expect, it, vi } from 'vitest';
import type { ClientFrame } from '../../../../src/protocol/frames.ts';
import { connect, notePush, opened, problemOf, subscribed } from '../../../support/live.ts';
import { hibernate } from '../../../support/objects.ts';

describe('pushing', () => {
  it('[W8] the rules of pushes hold: gap, repeat, conflict, condition, batch, atomic', async () => {
    const { path, api } = await opened();
    const line = await connect(path);
    line.send(notePush('c1', 2, 'a'));
    expect(await line.next('refused')).toMatchObject({ client: 'c1', n: 2, problem: { status: 409, expected: 1 } });
    line.send(notePush('c1', 1, 'a'));
    const first = await line.next('outcomes');
    expect(first.outcomes).toEqual([{ client: 'c1', n: 1, seq: 2, status: 'applied', version: 2 }]);
    line.send(notePush('c1', 1, 'a'));
    const again = await line.next('outcomes');
    expect(again.outcomes).toEqual([{ client: 'c1', n: 1, seq: 2, status: 'applied', version: 2, repeated: true }]);
    line.send(notePush('c1', 1, 'other'));
    expect(problemOf(await line.next('refused'))).toBe('id-conflict');
    line.send({ ...notePush('c1', 2, 'b'), match: ['"nowhere.7"'] } as ClientFrame);
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
    for (let n = 1; n <= 300; n += 1) line.send(notePush('c1', n, `k${n}`));
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
    const line = await subscribed(path);
    line.send(notePush('c1', 1, 'a'));
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
    bob.send(notePush('mine', 2, 'b'));
    expect(problemOf(await bob.next('refused'))).toBe('client-taken');
    await api.push('mine', 2, 'note', { key: 'a', value: 2 }, { Prefer: 'wait=5' });
    bob.send(notePush('bobs', 1, 'c'));
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
    const line = await subscribed(path);
    line.sendRaw(message);
    expect(problemOf(await line.next('error'))).toBe(name);
    line.send(notePush('c1', 1, 'a'));
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

  it('[B1] [W8] a batch of too many changes is refused by name before one of them is looked at', async () => {
    const { path } = await opened();
    const line = await connect(path);
    const batch = (elements: string, type = 'batch'): string =>
      `{"type":"${type}","client":"c1","n":1,"ch\\u0061nges":[${elements}],"atomic":true}`;
    for (const element of ['{}', '1', '{"name":"note","args":{}}']) {
      line.sendRaw(batch(Array.from({ length: 1_001 }, () => element).join()));
      expect(await line.next('refused')).toMatchObject({
        client: 'c1',
        n: 1,
        problem: { status: 413, size: 1_001, limit: 1_000 },
      });
    }
    line.sendRaw(batch(`${'{},'.repeat(329_999)}{}`));
    expect((await line.next('refused')).problem).toMatchObject({ status: 413, size: 330_000, limit: 1_000 });
    line.sendRaw(batch(`${'{},'.repeat(2_000)}{}`, 'subscribe'));
    expect(problemOf(await line.next('error'))).toBe('invalid-frame');
    line.sendRaw(batch('{},'.repeat(2_000)).slice(0, -30));
    expect(problemOf(await line.next('error'))).toBe('malformed-json');
  });

  it('[W4] of a frame full of mistakes only the first is looked for', async () => {
    const { path } = await opened();
    const line = await connect(path);
    const etags = Array.from({ length: 100_000 }, () => 1).join();
    line.sendRaw(`{"type":"push","client":"c1","n":1,"name":"note","match":[${etags}]}`);
    expect(problemOf(await line.next('error'))).toBe('invalid-frame');
    line.sendRaw(`{"type":"subscribe","path":"${'/a'.repeat(400_000)}"}`);
    expect(problemOf(await line.next('error'))).toBe('invalid-frame');
  });

  it('[W13] 8 MB at once are taken, a megabyte more closes with 4429, and nothing is read behind that', async () => {
    const { path, api } = await opened();
    const line = await connect(path);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    try {
      const large = JSON.stringify({ type: 'unsubscribe', padding: 'x'.repeat(2 ** 20 - 100) });
      for (let i = 0; i < 8; i += 1) line.sendRaw(large);
      for (let i = 0; i < 8; i += 1) expect(problemOf(await line.next('error'))).toBe('invalid-frame');
      line.sendRaw(large);
      line.send(notePush('c1', 1, 'late'));
      expect(await line.next('closed', 'receipts', 'outcomes')).toMatchObject({ code: 4429, reason: 'rate-limited' });
    } finally {
      vi.useRealTimers();
    }
    expect((await api.drained()).entries.late).toBeUndefined();
  });

  it('[W9] [W12] thousands of tokens behind each other are checked in order, in linear time', async () => {
    const { path } = await opened();
    const line = await connect(path);
    const auth = JSON.stringify({ type: 'auth', token: 'rubbish' });
    for (let i = 0; i < 5_000; i += 1) line.sendRaw(auth);
    line.send(notePush('c1', 1, 'a'));
    for (let i = 0; i < 5_000; i += 1) expect(problemOf(await line.next('error', 'outcomes'))).toBe('unauthorized');
    expect((await line.next('outcomes')).outcomes).toHaveLength(1);
  });

  it('[W13] a flood closes with 4429: 10,000 frames at once are taken, one more is not', async () => {
    const { path } = await opened();
    const [line, calm] = [await connect(path), await subscribed(path)];
    // Without time passing nothing is refilled, however slow this machine is.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    try {
      for (let i = 0; i < 10_000; i += 1) line.sendRaw('{"type":"unsubscribe"}');
      line.send({ type: 'subscribe' });
      expect(await line.next('closed', 'state')).toMatchObject({ code: 4429, reason: 'rate-limited' });
    } finally {
      vi.useRealTimers();
    }
    calm.send(notePush('c1', 1, 'a'));
    expect((await calm.next('outcomes')).outcomes).toHaveLength(1);
  });
});
