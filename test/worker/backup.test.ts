import { describe, expect, it } from 'vitest';
import { type Answer, Api, fresh, problemName, sign } from '../support/api.ts';
import { deployCounter } from '../support/definitions.ts';
import { fetchWorker } from '../support/fetch-worker.ts';
import { alarmsDone, evict, inside } from '../support/objects.ts';
import { sealed } from '../support/sealed-backup.ts';
import { until } from '../support/wait.ts';

const put = (api: Api, text: string): Promise<Answer> =>
  api.call('PUT', '/import', text, { 'Content-Type': 'application/x-ndjson' });

const exported = async (api: Api): Promise<string> => (await api.call('GET', '/export')).text;

const linesOf = (text: string): any[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

const tablesOf = (api: Api): Promise<string[]> =>
  inside(api.path, ({ sql }) =>
    sql
      .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE name NOT LIKE '_cf_%' ORDER BY name")
      .toArray()
      .map(({ name }) => name),
  );

const besidesRetained = async (api: Api): Promise<string[]> =>
  (await tablesOf(api)).filter((name) => !name.startsWith('retained_'));

/** The note that the directory knows the application: written after the last row that tells its cost. */
const ROWS_OF_LISTING = 1;

type Reader = ReadableStreamDefaultReader<Uint8Array>;

const ask = async (api: Api, path: string, init: RequestInit = {}): Promise<Response> =>
  fetchWorker(`https://changebucket.test${api.path}${path}`, {
    ...init,
    headers: { Authorization: `Bearer ${await sign({ sub: 'alice' })}`, 'Content-Type': 'application/x-ndjson' },
  });

const openExport = async (api: Api): Promise<ReadableStream<Uint8Array>> =>
  (await ask(api, '/export')).body as ReadableStream<Uint8Array>;

const textOfRest = async (reader: Reader): Promise<string> => {
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
  }
};

/** An application with a log, a rejection and three clients. */
const filled = async (): Promise<Api> => {
  const api = new Api(fresh());
  await api.create('debug');
  await api.push('c1', 1, 'note', { key: 'a', value: { deep: ['é', null, 1.5] } });
  await api.batch('c2', 1, [{ name: 'refuse' }, { name: 'note', args: { key: 'b', value: 2 } }]);
  await api.call('POST', '/changes', { name: 'note', args: { key: 'k', value: 3 } }, { 'Idempotency-Key': 'once' });
  await api.drained();
  await api.push('c1', 2, 'note', { key: 'c', value: 3 }, { Prefer: 'wait=5' });
  return api;
};

describe('backups', () => {
  it('[L6] [L7] the log comes along: outcomes, repeats, log and earlier versions are what they were', async () => {
    const api = await filled();
    const other = new Api(fresh());
    expect((await put(other, await exported(api))).status).toBe(200);
    await evict(other.path);
    for (const path of ['/log', '/state?at=1', '/state?at=4', '/rejections', '/changes/c2/1', '/changes/c2/2'])
      expect((await other.call('GET', path)).body, path).toEqual((await api.call('GET', path)).body);
    const repeat = await other.push('c1', 2, 'note', { key: 'c', value: 3 });
    expect(repeat.body).toMatchObject({ seq: 5, repeated: true });
    expect((await other.push('c1', 3, 'note', { key: 'd', value: 4 }, { Prefer: 'wait=5' })).body).toMatchObject({
      seq: 6,
    });
    await evict(other.path);
    expect((await other.drained()).entries).toEqual({ ...(await api.drained()).entries, d: 4 });
  });

  it('[L6] what is queued comes along, and is applied after the import', async () => {
    deployCounter(1);
    const api = new Api(fresh());
    await api.create('counter');
    await api.push('c1', 1, 'add', { by: 5 }, { Prefer: 'wait=5' });
    // A migration that fails holds the queue back.
    deployCounter(3);
    await evict(api.path);
    await api.push('c1', 2, 'add', { by: 1 });
    const text = await exported(api);
    expect(linesOf(text)[0]).toMatchObject({ version: 1, head: 3, definitionVersion: 1 });
    deployCounter(1);
    const other = new Api(fresh());
    expect((await put(other, text)).status).toBe(200);
    expect((await other.push('c1', 2, 'add', { by: 1 })).body).toMatchObject({ seq: 3, repeated: true });
    expect(await other.drained()).toEqual({ count: 6 });
    await evict(api.path);
  });

  it('[L6] [C1] what an import has cost outlives the object', async () => {
    const api = await filled();
    await put(api, await exported(api));
    await alarmsDone(api.path);
    const { rowsWritten } = (await api.info()).cost;
    await evict(api.path);
    expect((await api.info()).cost.rowsWritten).toBeGreaterThanOrEqual(rowsWritten - ROWS_OF_LISTING);
  });

  it('[L6] [O3] [O4] [Q7] a rejected atomic batch comes along as one, and is retried as one', async () => {
    const api = new Api(fresh());
    await api.create('todos');
    const complete = (id: string) => ({ name: 'complete', args: { id, done: true } });
    const wait = { Prefer: 'wait=5' };
    await api.batch('c1', 1, [complete('a'), complete('b'), complete('c')], { atomic: true }, wait);
    await api.batch('c1', 4, [complete('never'), complete('b')], { atomic: true }, wait);
    await api.call('POST', '/rejections/4/discard');
    const other = new Api(fresh());
    const imported = await put(other, await exported(api));
    expect(imported.status, imported.text).toBe(200);
    await evict(other.path);
    const { rejections } = (await other.call('GET', '/rejections')).body;
    expect(rejections).toEqual((await api.call('GET', '/rejections')).body.rejections);
    expect(rejections.map(({ changes }: any) => changes?.length)).toEqual([3, 2].slice(0, rejections.length));
    for (const [index, id] of ['a', 'b', 'c'].entries())
      await other.push('c2', index + 1, 'add', { id, text: id }, wait);
    expect((await other.call('POST', '/rejections/1/retry')).status).toBe(202);
    await other.drained();
    for (const n of [1, 2, 3]) expect((await other.ticket('c1', n)).body.status).toBe('applied');
    const again = new Api(fresh());
    expect((await put(again, await exported(other))).status).toBe(200);
    for (const n of [1, 2, 3]) expect((await again.ticket('c1', n)).body.status).toBe('applied');
  });

  it('[L6] [O5] the last outcomes of a client come along, where the log has them no longer', async () => {
    const api = new Api(fresh());
    await api.create('debug');
    const wait = { Prefer: 'wait=5' };
    await api.push('old', 1, 'note', { key: 'a', value: 1 }, wait);
    await api.push('old', 2, 'refuse', {}, wait);
    for (let n = 1; n <= 14; n += 1) await api.push('c1', n, 'note', { key: 'k', value: 'x'.repeat(250_000) }, wait);
    const other = new Api(fresh());
    const imported = await put(other, await exported(api));
    expect(imported.status, imported.text).toBe(200);
    for (const each of [other, other]) {
      const tickets = await Promise.all([1, 2, 3].map((n) => each.ticket('old', n)));
      expect(tickets.map(({ status, body }) => [status, body.status])).toEqual([
        [200, 'applied'],
        [200, 'rejected'],
        [404, 404],
      ]);
      await evict(other.path);
    }
    const line = { client: 'c9', n: 2, seq: 2, user: 'alice' };
    const [header, state, ...rest] = linesOf(await exported(other)).slice(0, -1);
    for (const run of [
      { n: 2, seq: 1, count: 2, outcome: 0 },
      { n: 1, seq: header.version, count: 1, outcome: 0 },
      { n: 1, seq: 1, count: 1, outcome: null },
    ])
      expect((await put(other, sealed([header, state, { ...line, settled: [run] }, ...rest]))).status).toBe(422);
  });

  it('[L6] [O5] outcomes of changes that were queued at the checkpoint are told after an import, too', async () => {
    const api = await filled();
    const [header, ...lines] = linesOf(await exported(api)).slice(0, -1);
    const base = { ...header.base, version: 0, head: header.head, at: 1 };
    const counter = { client: 'c2', n: 2, seq: 3, user: 'alice' };
    const other = new Api(fresh());
    const imported = await put(other, sealed([{ ...header, base }, lines[0], counter, ...lines.slice(1)]));
    expect(imported.status, imported.text).toBe(200);
    await evict(other.path);
    for (let n = 1; n <= 14; n += 1)
      await other.push('c9', n, 'note', { key: 'k', value: 'x'.repeat(250_000) }, { Prefer: 'wait=5' });
    expect((await other.info()).history.oldest).toBeGreaterThan(5);
    const statuses = await Promise.all([1, 2].map(async (n) => (await other.ticket('c2', n)).body.status));
    expect(statuses).toEqual(['rejected', 'applied']);
  });

  it('[L6] [Q16] clients that were forgotten before an export are not taken for new ones after the import', async () => {
    const api = await filled();
    const [header, ...lines] = linesOf(await exported(api)).slice(0, -1);
    expect(header.clientsForgotten).toBe(false);
    const other = new Api(fresh());
    expect((await put(other, sealed([{ ...header, clientsForgotten: true }, ...lines]))).status).toBe(200);
    for (let lives = 0; lives < 2; lives += 1) {
      const late = await other.push('c7', 1, 'note', { key: 'x', value: 1 });
      expect([late.status, problemName(late)]).toEqual([410, 'outcome-expired']);
      const fine = await other.push(`${late.body.prefix}x${lives}`, 1, 'note', { key: 'x', value: 1 });
      expect(fine.status).toBe(202);
      expect((await other.push('c1', 3 + lives, 'note', { key: 'x', value: 1 })).status).toBe(202);
      expect(linesOf(await exported(other))[0].clientsForgotten).toBe(true);
      await evict(other.path);
    }
  });

  it('[L6] [S10] [S12] an import whose log ends with its checkpoint is loaded once, not for every reader', async () => {
    const api = await filled();
    const [header, , ...lines] = linesOf(await exported(api)).slice(0, -1);
    const base = { ...header.base, version: header.version, head: header.head };
    const other = new Api(fresh());
    const state = await api.drained();
    expect((await put(other, sealed([{ ...header, base }, state, ...lines]))).status).toBe(200);
    const rowsRead = async (): Promise<number> => (await other.info()).cost.rowsRead;
    const [first, second] = [await rowsRead(), await rowsRead()];
    for (let reads = 0; reads < 5; reads += 1) await other.state();
    expect((await rowsRead()) - second).toBeLessThanOrEqual(5 + second - first);
    expect(await other.drained()).toEqual(state);
  });

  it('[L6] exports under load have no change that is counted and missing', async () => {
    const api = new Api(fresh());
    await api.create('debug');
    let isOver = false;
    const acknowledged = [0, 0, 0, 0];
    const writers = acknowledged.map(async (_, writer) => {
      for (let n = 1; n <= 60 && !isOver; n += 1) {
        const answer = await api.push(`w${writer}`, n, 'note', { key: `${writer}-${n}`, value: 'x'.repeat(200) });
        if (answer.status === 202) acknowledged[writer] = n;
      }
    });
    for (let turn = 0; turn < 4; turn += 1) {
      const before = [...acknowledged];
      const text = await exported(api);
      const other = new Api(fresh());
      const imported = await put(other, text);
      expect(imported.status, imported.text).toBe(200);
      const { entries } = await other.drained();
      for (const [writer, n] of before.entries()) {
        expect(n === 0 || `${writer}-${n}` in entries).toBe(true);
        const next = await other.push(`w${writer}`, 1_000_000, 'note', { key: 'z', value: 0 });
        const last = next.body.expected - 1;
        expect(last).toBeGreaterThanOrEqual(n);
        expect(last === 0 || `${writer}-${last}` in entries).toBe(true);
      }
    }
    isOver = true;
    await Promise.all(writers);
    expect(acknowledged.reduce((sum, n) => sum + n)).toBeGreaterThan(8);
  });

  it('[L10] a backup that is cut, longer or changed anywhere is refused', async () => {
    const api = await filled();
    const text = await exported(api);
    const lines = text.trimEnd().split('\n');
    const other = new Api(fresh());
    const bad = [
      ...lines.map((_, count) => `${lines.slice(0, count).join('\n')}\n`),
      ...lines.map((_, left) => lines.filter((__, index) => index !== left).join('\n')),
      `${text}{}\n`,
      `${text}\n`,
      text.slice(0, -3),
      text.replace('"b"', '"B"'),
    ];
    for (const each of bad) expect((await put(other, each)).status, each).toBe(422);
    expect(await tablesOf(other)).toEqual([]);
    expect((await put(other, text.trimEnd())).status).toBe(200);
  });

  it('[L10] a sealed backup that contradicts itself is refused, and leaves everything as it was', async () => {
    const api = await filled();
    const good = linesOf(await exported(api)).slice(0, -1);
    const [header, state] = good;
    const change = (kind: string, edit: (line: any) => void, count = 1): object[] => {
      let left = count;
      return structuredClone(good).map((line) => {
        if (kind in line && left-- > 0) edit(line[kind]);
        return line;
      });
    };
    const head = (edit: object): object[] => [{ ...header, ...edit }, ...good.slice(1)];
    const bad: Record<string, object[]> = {
      'version near 2^53': head({ version: 2 ** 53 - 2 }),
      'version beyond the head': head({ version: 6 }),
      'head beyond the log': head({ head: 6 }),
      'newer definition': head({ definitionVersion: 2 }),
      'log after the version': head({ logAfter: 9 }),
      'checkpoint beyond the version': head({ base: { ...header.base, version: 9 } }),
      'state of another form': [header, [], ...good.slice(2)],
      'rejection beyond the version': change('rejection', (each) => {
        each.change.seq = 9;
      }),
      'rejection twice': [...good, good.find((line) => 'rejection' in line)],
      'retry that does not exist': change('rejection', (each) => Object.assign(each, { fate: 'applied', retry: 99 })),
      'client twice': [header, state, ...Array(2).fill({ client: 'c9', n: 1, seq: 1, user: 'a' }), ...good.slice(2)],
      'client beyond the checkpoint': [header, state, { client: 'c9', n: 1, seq: 9, user: 'a' }, ...good.slice(2)],
      'change missing': good.filter((line) => !('accepted' in line && line.accepted.first === 1)),
      'slice missing': good.filter((line) => !('drain' in line && line.drain.base === 0)),
      'patch of another state': change('drain', ({ patch }) => {
        patch[0].path = '/nowhere/x';
      }),
      'patch with a forbidden key': change('drain', ({ patch }) => {
        patch[0].path = '/entries/__proto__';
      }),
      'too few bodies': change('accepted', ({ bodies }) => bodies.pop()),
      'no sender': change('accepted', (each) => {
        each.senders = [];
      }),
      'operations miscounted': change('drain', ({ counts }) => {
        counts[0] += 1;
      }),
      'slice without patch': change('drain', (each) => {
        each.patch = null;
      }),
    };
    const kept = await filled();
    const before = await exported(kept);
    const etag = (await kept.state()).headers.get('ETag');
    for (const [name, lines] of Object.entries(bad)) {
      const answer = await put(kept, sealed(lines));
      expect([answer.status, problemName(answer)], `${name}: ${answer.text}`).toEqual([422, 'invalid-import']);
    }
    expect(await exported(kept)).toBe(before);
    expect((await kept.state()).headers.get('ETag')).toBe(etag);
    expect((await tablesOf(kept)).filter((name) => /staged|_0$/.test(name))).toEqual([]);
    expect((await put(kept, sealed(good))).status).toBe(200);
    // Members of later deployments are not in the way.
    const later = good.map((line, index) => (index === 1 ? line : { ...line, later: true }));
    expect((await put(kept, sealed(later))).status).toBe(200);
  });

  it('[L6] [L10] a backup of format version 1 is checked as a whole, too', async () => {
    const header = { format: 'changebucket-backup', formatVersion: 1, kind: 'debug', definitionVersion: 1, version: 5 };
    const state = { entries: { a: 1 } };
    const client = { client: 'c1', n: 3, seq: 5, user: 'alice' };
    const change = { client: 'c1', n: 2, user: 'alice', seq: 4, at: 1, name: 'refuse', args: {} };
    const problem = { type: 'urn:x', title: 'x', status: 422, detail: 'x' };
    const rejection = { rejection: { change, at: 1, problem, fate: 'retrying', retry: 7 } };
    const print = (...lines: object[]): string => lines.map((line) => JSON.stringify(line)).join('\n');
    const api = await filled();
    const before = await exported(api);
    // Its migration of counters has a bug.
    deployCounter(3);
    const beyond = { rejection: { ...rejection.rejection, change: { ...change, seq: 6 } } };
    for (const lines of [
      [{ ...header, version: 2 ** 53 - 1 }, state, client],
      [{ ...header, definitionVersion: 9 }, state, client],
      [{ ...header, kind: 'counter', definitionVersion: 1 }, { count: 1 }, client],
      [header, state, client, client],
      [header, state, { ...client, seq: 6 }],
      [header, state, { ...client, n: 2 ** 53 - 1 }],
      [header, state, client, beyond],
      [header, state, client, rejection, rejection],
      [header, state, { accepted: {} }],
    ])
      expect((await put(api, print(...lines))).status, print(...lines)).toBe(422);
    expect(await exported(api)).toBe(before);
    deployCounter(1);
    const imported = await put(api, print(header, state, client, rejection));
    expect([imported.status, imported.body.version, imported.body.head]).toEqual([200, 5, 5]);
    await evict(api.path);
    const listed = (await api.call('GET', '/rejections')).body.rejections;
    expect(listed).toMatchObject([{ seq: 4, status: 'rejected' }]);
    expect((await api.push('c1', 4, 'note', { key: 'b', value: 1 }, { Prefer: 'wait=5' })).body.seq).toBe(6);
    const again = new Api(fresh());
    expect((await put(again, await exported(api))).status).toBe(200);
    expect(await again.drained()).toEqual({ entries: { a: 1, b: 1 } });
  });

  it('[L8] [L11] an export goes on while checkpoints drop what it reads, and one begins anew after it', async () => {
    const api = new Api(fresh());
    await api.create('debug');
    const value = 'x'.repeat(200_000);
    let n = 0;
    const push = (): Promise<Answer> => {
      n += 1;
      return api.push('c1', n, 'note', { key: `k${n % 4}`, value: `${n}${value}` }, { Prefer: 'wait=20' });
    };
    for (let i = 0; i < 14; i += 1) await push();
    const expected = (await api.drained()).entries;
    const oldest = async (): Promise<number> => (await api.info()).history.oldest;
    const before = await oldest();
    const stream = await openExport(api);
    const reader = stream.getReader();
    const first = await reader.read();
    for (let i = 0; i < 20; i += 1) await push();
    expect(await oldest()).toBe(before);
    const text = new TextDecoder().decode(first.value) + (await textOfRest(reader));
    for (let i = 0; i < 14; i += 1) await push();
    expect(await oldest()).toBeGreaterThan(before);
    const other = new Api(fresh());
    const imported = await put(other, text);
    expect([imported.status, imported.body.version]).toEqual([200, 14]);
    expect((await other.drained()).entries).toEqual(expected);
  });

  it('[L3] [L11] deleting or replacing the application ends its exports with an error', async () => {
    for (const end of [
      async (api: Api) => expect((await api.call('DELETE', '')).status).toBe(204),
      async (api: Api) => expect((await put(api, await exported(await filled()))).status).toBe(200),
    ]) {
      const api = new Api(fresh());
      await api.create('debug');
      for (let n = 1; n <= 4; n += 1)
        await api.push('c1', n, 'note', { key: `k${n}`, value: 'x'.repeat(200_000) }, { Prefer: 'wait=20' });
      const reader = (await openExport(api)).getReader();
      await reader.read();
      await end(api);
      await expect(textOfRest(reader)).rejects.toThrow();
    }
  });

  it('[L3] [L11] deleting the application ends an import that runs, and nothing of it is left', async () => {
    const backup = await exported(await filled());
    // What the sender does after the deletion: it sends the rest, only a part of it, or ends.
    for (const rest of [backup.slice(300), backup.slice(300, 400), '']) {
      const api = await filled();
      const encoder = new TextEncoder();
      let [send, finish] = [(_: string): void => undefined, (): void => undefined];
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => {
          send = (text) => controller.enqueue(encoder.encode(text));
          finish = () => controller.close();
        },
      });
      const answer = ask(api, '/import', { method: 'PUT', body });
      send(backup.slice(0, 300));
      await until(async () => (await tablesOf(api)).includes('staged_chunks'));
      expect((await api.call('DELETE', '')).status).toBe(204);
      expect(await besidesRetained(api)).toEqual([]);
      if (rest !== '') send(rest);
      finish();
      const response = await answer;
      expect([response.status, response.headers.get('Retry-After')]).toEqual([503, '1']);
      expect(await response.text()).toContain('deleted during the import');
      expect(await besidesRetained(api)).toEqual([]);
      expect((await api.state()).status).toBe(404);
      expect((await put(api, backup)).status).toBe(200);
      expect(await exported(api)).toBe(backup);
    }
  });

  it('[L6] [L11] [B1] lists of rejections and logs of any size come back, through lines of bounded size', async () => {
    const api = new Api(fresh());
    await api.create('debug');
    // Nested as deep as args may be, and numbers that take more space when they are printed.
    const deep = `${'['.repeat(62)}1e20${']'.repeat(62)}`;
    const numbers = `[${Array.from({ length: 9_000 }, () => '1e20').join(',')}]`;
    for (let n = 1; n <= 20; n += 1) {
      const args = `{"key":"k","value":${n % 2 === 0 ? deep : numbers}}`;
      await api.call('PUT', `/changes/c1/${n}`, `{"name":"${n % 3 === 0 ? 'note' : 'nonsense'}","args":${args}}`);
    }
    await api.drained();
    const text = await exported(api);
    const other = new Api(fresh());
    const imported = await put(other, text);
    expect(imported.status, imported.text).toBe(200);
    expect(await exported(other)).toBe(text);
    for (const path of ['/rejections', '/log?limit=500', '/state'])
      expect((await other.call('GET', path)).body).toEqual((await api.call('GET', path)).body);
  });

  it('[L11] a backup of line feeds, of one endless line, or beside another import is refused', async () => {
    const api = await filled();
    const before = await exported(api);
    expect(problemName(await put(api, '\n'.repeat(45_000_000)))).toBe('invalid-import');
    let finish = (): void => undefined;
    const slow = new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode(before));
        finish = () => controller.close();
      },
    });
    const first = ask(api, '/import', { method: 'PUT', body: slow });
    await until(async () => (await tablesOf(api)).includes('staged_chunks'));
    expect(problemName(await put(api, before))).toBe('unavailable');
    expect((await api.push('c1', 3, 'note', { key: 'e', value: 1 }, { Prefer: 'wait=5' })).status).toBe(200);
    finish();
    expect((await first).status).toBe(200);
    expect(await exported(api)).toBe(before);
  });
});
