import { describe, expect, it } from 'vitest';
import { Api, bearer, fresh, problemName } from '../../../support/api.ts';
import { fetchWorker } from '../../../support/fetch-worker.ts';
import { inside } from '../../../support/objects.ts';
import { positionIn } from '../../../support/position.ts';

const etag = (answer: { headers: Headers }): string => answer.headers.get('ETag') as string;

describe('state', () => {
  it('[S1] a poll is the whole state with its etag, for this subject only', async () => {
    const api = new Api(fresh());
    await api.merge('c1', 1, { a: [1, { b: null }] }, { Prefer: 'wait=5' });
    const answer = await api.state();
    expect(answer.status).toBe(200);
    expect(answer.text).toBe('{"a":[1,{"b":null}]}');
    expect(etag(answer)).toMatch(/^"[0-9a-z]+\.1"$/);
    expect(answer.headers.get('Cache-Control')).toBe('private, no-cache');
    expect(answer.headers.get('Vary')).toContain('Authorization');
    expect(positionIn(answer.headers).version).toBe(1);
    expect(positionIn(answer.headers).head).toBe(1);
    expect(positionIn(answer.headers).queue).toBe(0);
    expect(positionIn(answer.headers).lag).toBe(0);
    expect((await api.call('HEAD', '/state')).text).toBe('');
  });

  it('[T2] the position of every read names the version of the definition that the deployment runs', async () => {
    const api = new Api(fresh());
    await api.merge('c1', 1, { a: 1, filler: 'x'.repeat(400) }, { Prefer: 'wait=5' });
    const state = await api.state();
    const unchanged = await api.state({ 'If-None-Match': etag(state) });
    await api.merge('c1', 2, { b: 1 }, { Prefer: 'wait=5' });
    const patch = await api.state({ 'If-None-Match': etag(state), 'A-IM': 'json-patch' });
    const part = await api.call('GET', '/state?path=/a');
    const reads = [state, unchanged, patch, part];
    expect(reads.map(({ status, headers }) => [status, positionIn(headers).definition])).toEqual([
      [200, 1],
      [304, 1],
      [226, 1],
      [200, 1],
    ]);
  });

  it('[S2] the current etag is answered by 304 without a body', async () => {
    const api = new Api(fresh());
    await api.create('document');
    const current = etag(await api.state());
    const marked = ['-gzip', ';gzip', '--gzip', '-br'].map((end) => current.replace(/"$/, `${end}"`));
    for (const header of [current, `W/${current}`, ...marked, `W/${marked[0]}`, `"x.1", ${current}`, '*']) {
      const answer = await api.state({ 'If-None-Match': header });
      expect([answer.status, answer.text, etag(answer)]).toEqual([304, '', current]);
    }
    expect((await api.state({ 'If-None-Match': '"x.0"' })).status).toBe(200);
  });

  it('[S3] [S4] an older etag is answered by the patch from there', async () => {
    const api = new Api(fresh());
    await api.merge('c1', 1, { a: 1, filler: 'x'.repeat(400) }, { Prefer: 'wait=5' });
    const old = await api.state();
    await api.merge('c1', 2, { b: 2 });
    await api.merge('c1', 3, { a: null }, { Prefer: 'wait=5' });
    const delta = await api.state({ 'If-None-Match': etag(old), 'A-IM': 'json-patch' });
    expect([delta.status, delta.headers.get('IM'), delta.headers.get('Delta-Base')]).toEqual([
      226,
      'json-patch',
      etag(old),
    ]);
    expect(delta.headers.get('Content-Type')).toBe('application/json-patch+json');
    expect(delta.body).toEqual([
      { op: 'add', path: '/b', value: 2 },
      { op: 'remove', path: '/a' },
    ]);
    expect(etag(delta)).toBe(etag(await api.state()));
    expect((await api.state({ 'If-None-Match': etag(old) })).status).toBe(200);
    expect((await api.state({ 'If-None-Match': etag(old), 'A-IM': 'json-patch;q=0' })).status).toBe(200);
    expect((await api.state({ 'If-None-Match': etag(delta), 'A-IM': 'json-patch' })).status).toBe(304);
  });

  it('[S4] a patch is made of add, replace and remove, whatever was asked for', async () => {
    const api = new Api(fresh());
    await api.merge('c1', 1, { a: { b: [1, 2] }, filler: 'x'.repeat(400) }, { Prefer: 'wait=5' });
    const old = await api.state();
    const asked = [
      { op: 'test', path: '/a/b/0', value: 1 },
      { op: 'copy', from: '/a/b', path: '/c' },
      { op: 'move', from: '/a/b/1', path: '/d' },
    ];
    await api.push('c1', 2, 'patch', asked as any, { Prefer: 'wait=5' });
    const delta = await api.state({ 'If-None-Match': etag(old), 'A-IM': 'json-patch' });
    expect(delta.status).toBe(226);
    for (const { op } of delta.body) expect(['add', 'replace', 'remove']).toContain(op);
    expect((await api.state()).body).toMatchObject({ a: { b: [1] }, c: [1, 2], d: 2 });
  });

  it('[S3] a patch longer than the state is not sent', async () => {
    const api = new Api(fresh());
    await api.merge('c1', 1, { a: 1 }, { Prefer: 'wait=5' });
    const old = etag(await api.state());
    for (let n = 2; n < 6; n += 1) await api.merge('c1', n, { a: n }, { Prefer: 'wait=5' });
    expect((await api.state({ 'If-None-Match': old, 'A-IM': 'json-patch' })).status).toBe(200);
  });

  it('[S5] a long poll answers when the version moves, else 304', async () => {
    const api = new Api(fresh());
    await api.create('document');
    const current = etag(await api.state());
    const waiting = api.state({ 'If-None-Match': current, Prefer: 'wait=20' });
    const others = Array.from({ length: 10 }, () =>
      api.state({ 'If-None-Match': current, 'A-IM': 'json-patch', Prefer: 'wait=20' }),
    );
    await api.merge('c1', 1, { news: 1 });
    expect((await waiting).body).toEqual({ news: 1 });
    for (const other of await Promise.all(others)) expect([200, 226]).toContain(other.status);
    const silent = await api.state({ 'If-None-Match': etag(await waiting), Prefer: 'wait=1' });
    expect(silent.status).toBe(304);
  });

  it('[S6] a drained read contains everything acknowledged before it began', async () => {
    const api = new Api(fresh());
    await api.create('counter');
    for (let n = 1; n <= 10; n += 1) {
      await Promise.all(['a', 'b', 'c'].map((client) => api.push(client, n, 'add', { by: 1 })));
      expect(await api.drained()).toEqual({ count: 3 * n });
    }
  });

  it('[S7] a minimal version is waited for, or refused', async () => {
    const api = new Api(fresh());
    await api.create('counter');
    const { seq } = (await api.push('c1', 1, 'add', { by: 1 })).body;
    const mine = await api.state({ 'Min-Version': String(seq), Prefer: 'wait=5' });
    expect([mine.status, mine.body]).toEqual([200, { count: 1 }]);
    const never = await api.state({ 'Min-Version': '99' });
    expect([never.status, problemName(never), never.headers.get('Retry-After')]).toEqual([
      503,
      'version-not-reached',
      '1',
    ]);
    expect((await api.state({ 'Min-Version': '99', Prefer: 'wait=1' })).status).toBe(503);
    expect((await api.state({ 'Min-Version': '0' })).status).toBe(200);
  });

  it('[S8] the state as it was, at every version history reaches', async () => {
    const api = new Api(fresh());
    await api.create('counter');
    await api.batch(
      'c1',
      1,
      [1, 2, 3, 4].map((by) => ({ name: 'add', args: { by } })),
      {},
      { Prefer: 'wait=5' },
    );
    await api.push('c1', 5, 'nonsense', {}, { Prefer: 'wait=5' });
    const seen = await Promise.all([0, 1, 2, 3, 4, 5].map(async (v) => (await api.state({}, `?at=${v}`)).body.count));
    expect(seen).toEqual([0, 1, 3, 6, 10, 10]);
    const past = await api.state({}, '?at=2');
    expect(etag(past)).toMatch(/\.2"$/);
    expect((await api.state({ 'If-None-Match': etag(past) }, '?at=2')).status).toBe(304);
    const future = await api.state({}, '?at=6');
    expect([future.status, problemName(future)]).toEqual([404, 'unknown-version']);
  });

  it('[S9] a path is the subtree', async () => {
    const api = new Api(fresh());
    const value = { 'a/b': { list: [1, { c: 2 }] }, n: null };
    await api.push('c1', 1, 'patch', [{ op: 'replace', path: '', value }], { Prefer: 'wait=5' });
    expect((await api.state({}, '?path=/a~1b/list/1')).body).toEqual({ c: 2 });
    expect((await api.state({}, '?path=/n')).text).toBe('null');
    expect((await api.state({}, '?path=')).body).toHaveProperty('n');
    expect((await api.state({}, '?at=0&path=')).body).toEqual({});
    for (const path of ['/x', '/a~1b/list/2', '/n/x', '/toString', '/a~1b/list/length']) {
      const answer = await api.state({}, `?path=${path}`);
      expect([answer.status, problemName(answer)]).toEqual([404, 'unknown-path']);
    }
    expect((await api.state({}, '?path=a')).status).toBe(400);
  });

  it('[S9] a part that does not exist is 404, also for a reader with the current etag', async () => {
    const api = new Api(fresh());
    await api.merge('c1', 1, { a: 1 }, { Prefer: 'wait=5' });
    const current = etag(await api.state());
    for (const known of [current, '*', `W/${current}`]) {
      for (const query of ['?path=/nowhere', '?path=/a/b', '?at=1&path=/nowhere']) {
        for (const headers of [{}, { Prefer: 'wait=1' }]) {
          const answer = await api.state({ 'If-None-Match': known, ...headers }, query);
          expect([answer.status, problemName(answer)]).toEqual([404, 'unknown-path']);
        }
      }
    }
    expect((await api.state({ 'If-None-Match': current }, '?path=/a')).status).toBe(304);
    expect((await api.state({ 'If-None-Match': current }, '?at=1&path=/a')).status).toBe(304);
  });

  it('[S9] a part is sent again only when it has changed', async () => {
    const api = new Api(fresh());
    await api.merge('c1', 1, { a: { x: 1 }, b: 1, list: [1, 2, 3] }, { Prefer: 'wait=5' });
    const first = etag(await api.state({}, '?path=/a'));
    await api.merge('c1', 2, { b: 2 }, { Prefer: 'wait=5' });
    await api.merge('c1', 3, { c: { a: 3 } }, { Prefer: 'wait=5' });
    const silent = await api.state({ 'If-None-Match': first }, '?path=/a');
    expect([silent.status, silent.text, etag(silent)]).toEqual([304, '', etag(await api.state())]);
    await api.merge('c1', 4, { a: { y: 2 } }, { Prefer: 'wait=5' });
    for (const known of [first, etag(silent)]) {
      const news = await api.state({ 'If-None-Match': known }, '?path=/a');
      expect([news.status, news.body, etag(news)]).toEqual([200, { x: 1, y: 2 }, etag(await api.state())]);
    }
    const second = etag(await api.state({}, '?path=/list/1'));
    await api.push('c1', 5, 'patch', [{ op: 'add', path: '/list/3', value: 4 }], { Prefer: 'wait=5' });
    expect((await api.state({ 'If-None-Match': second }, '?path=/list/1')).status).toBe(304);
    await api.push('c1', 6, 'patch', [{ op: 'remove', path: '/list/0' }], { Prefer: 'wait=5' });
    expect((await api.state({ 'If-None-Match': second }, '?path=/list/1')).body).toBe(3);
    await api.push('c1', 7, 'patch', [{ op: 'remove', path: '/a' }], { Prefer: 'wait=5' });
    const gone = await api.state({ 'If-None-Match': first }, '?path=/a');
    expect([gone.status, problemName(gone)]).toEqual([404, 'unknown-path']);
  });

  it('[S9] [S5] a long-poll of a part goes on waiting while only others change', async () => {
    const api = new Api(fresh());
    await api.merge('c1', 1, { a: 1, b: 1 }, { Prefer: 'wait=5' });
    const current = etag(await api.state());
    const answers: string[] = [];
    const waiting = ['/a', '/b'].map(async (path) => {
      const answer = await api.state({ 'If-None-Match': current, Prefer: 'wait=20' }, `?path=${path}`);
      answers.push(path);
      return answer;
    });
    const any = api.state({ 'If-None-Match': '*', Prefer: 'wait=20' }, '?path=/a');
    for (let n = 2; n < 6; n += 1) await api.merge('c1', n, { b: n }, { Prefer: 'wait=5' });
    await waiting[1];
    expect(answers).toEqual(['/b']);
    await api.merge('c1', 6, { a: 2 }, { Prefer: 'wait=5' });
    for (const answer of [await waiting[0], await any]) {
      expect([answer?.status, answer?.body, answer?.headers.get('ETag')]).toEqual([
        200,
        2,
        current.replace('.1"', '.6"'),
      ]);
    }
    const unchanged = api.state({ 'If-None-Match': current.replace('.1"', '.6"'), Prefer: 'wait=1' }, '?path=/a');
    await api.merge('c1', 7, { b: 7 }, { Prefer: 'wait=5' });
    expect([(await unchanged).status, etag(await unchanged)]).toEqual([304, current.replace('.1"', '.7"')]);
  });

  it('[S1] every form of the state says what it varies by', async () => {
    const api = new Api(fresh());
    await api.merge('c1', 1, { a: 1 }, { Prefer: 'wait=5' });
    const current = etag(await api.state());
    for (const headers of [{}, { 'If-None-Match': current }, { Prefer: 'max-stale=1000' }]) {
      const answer = await api.state(headers);
      expect(answer.headers.get('Vary')?.split(', ')).toEqual(['Authorization', 'Origin', 'Accept', 'A-IM']);
    }
  });

  it.each([
    ['text/event-stream;q=0.5, application/json', 'application/json'],
    ['application/json, text/event-stream;q=0', 'application/json'],
    ['text/*', 'application/json'],
    ['text/event-stream, application/json;q=0.9', 'text/event-stream'],
    ['TEXT/Event-Stream', 'text/event-stream'],
  ])('[V] Accept: %s is answered with %s', async (accept, type) => {
    const api = new Api(fresh());
    await api.merge('c1', 1, { a: 1 }, { Prefer: 'wait=5' });
    const headers = { ...(await bearer('alice')), Accept: accept };
    const answer = await fetchWorker(`https://changebucket.test${api.path}/state`, { headers });
    expect([answer.status, answer.headers.get('Content-Type')]).toEqual([200, type]);
    expect(answer.headers.get('Vary')).toContain('Accept');
    await answer.body?.cancel();
  });

  it('[S11] cursors of another epoch or from the future get the full state', async () => {
    const api = new Api(fresh());
    await api.merge('c1', 1, { a: 1 }, { Prefer: 'wait=5' });
    const current = etag(await api.state());
    const future = current.replace('.1"', '.7"');
    for (const cursor of [future, '"0abc.1"', '"nonsense"']) {
      const answer = await api.state({ 'If-None-Match': cursor, 'A-IM': 'json-patch' });
      expect([answer.status, answer.body]).toEqual([200, { a: 1 }]);
    }
  });

  it('[S10] an instance that another one has overtaken notices at the next read', async () => {
    const api = new Api(fresh());
    await api.create('counter');
    await api.push('c1', 1, 'add', { by: 1 }, { Prefer: 'wait=5' });
    expect((await api.state()).body).toEqual({ count: 1 });
    // What a younger instance would have written behind this one's back: a change accepted and applied.
    await inside(api.path, ({ sql }) => {
      const asked = ['[[0,"c2",1,"alice"]]', '[{"name":"add","args":{"by":6}}]'];
      sql.exec("INSERT INTO changes_1 VALUES (2, 2, ?, ?, ?, 51, '[]')", Date.now(), ...asked);
      const patch = '{"op":"replace","path":"/count","value":7}';
      sql.exec(
        'INSERT INTO drains_1 VALUES (2, 1, ?, ?, ?, NULL, 12, NULL, NULL, NULL, NULL)',
        Date.now(),
        '[1]',
        patch,
      );
    });
    const after = await api.state();
    expect([after.body, positionIn(after.headers).version]).toEqual([{ count: 7 }, 2]);
    expect((await api.push('c2', 2, 'add', { by: 1 }, { Prefer: 'wait=5' })).body.seq).toBe(3);
    expect(await api.drained()).toEqual({ count: 8 });
  });

  it('[S10] [S6] a stale instance notices another epoch at the same version, and changes queued by another instance', async () => {
    const api = new Api(fresh());
    await api.create('counter');
    const first = await api.state();
    await inside(api.path, ({ sql }) => sql.exec("UPDATE application SET epoch = 'another'").rowsWritten);
    expect(etag(await api.state({ 'If-None-Match': etag(first) }))).toBe('"another.0"');
    await api.push('c1', 1, 'add', { by: 1 }, { Prefer: 'wait=5' });
    expect((await api.state()).body).toEqual({ count: 1 });
    // The same version of an epoch that another instance has begun: applied at another time.
    await inside(api.path, ({ sql }) => {
      sql.exec("UPDATE application SET epoch = 'third'");
      sql.exec(`UPDATE drains_1 SET at = at + 1, patch = '{"op":"replace","path":"/count","value":5}'`);
    });
    const third = await api.state();
    expect([etag(third), third.body]).toEqual(['"third.1"', { count: 5 }]);
    await inside(api.path, ({ sql }) => {
      const queued = ['[[0,"c2",1,"alice"]]', '[{"name":"add","args":{"by":6}}]'];
      sql.exec("INSERT INTO changes_1 VALUES (2, 2, ?, ?, ?, 51, '[]')", Date.now(), ...queued);
    });
    expect(await api.drained()).toEqual({ count: 11 });
  });

  it('[S10] (epoch, version) never falls for readers that come and go while changes pour in', async () => {
    const api = new Api(fresh());
    await api.create('counter');
    const seen: number[] = [];
    const finished: string[] = [];
    const reader = async () => {
      while (finished.length === 0) {
        seen.push(positionIn((await api.state()).headers).version);
        await scheduler.wait(1);
      }
    };
    const writer = async (client: string, headers = {}) => {
      for (let n = 1; n <= 30; n += 1) {
        await api.push(client, n, 'add', { by: 1 }, headers);
        // Within one process an endless chain of requests would leave timers no turn, and the reader waits for one.
        await scheduler.wait(0);
      }
    };
    // One reader: of two, the one that began first may be the one that is answered last.
    const reading = reader();
    await Promise.all([writer('a', { Prefer: 'wait=5' }), writer('b')]).finally(() => finished.push('writers'));
    await reading;
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(new Set(seen).size).toBeGreaterThan(2);
    expect(await api.drained()).toEqual({ count: 60 });
  });
});
