import { afterEach, describe, expect, it, vi } from 'vitest';
import { dollarsOf, dollarsOfStorage, PRICES } from '../../../../src/core/prices.ts';
import { type Answer, Api, fresh, problemName } from '../../../support/api.ts';
import { connect, follow } from '../../../support/live.ts';
import { alarmsDone, evict, inside } from '../../../support/objects.ts';
import { stopClock } from '../../../support/set-clock.ts';
import { sleep } from '../../../support/wait.ts';

afterEach(() => void vi.useRealTimers());

/** An application of a deployment whose budget its owner's name tells. */
const thrifty = async (budget: string): Promise<Api> => {
  const api = new Api(fresh(`${budget}-${crypto.randomUUID()}`));
  await api.create('counter');
  return api;
};

/** Two clocks that are read after each other, in whole milliseconds. */
const ROUNDING_MS = 5;

const add = (api: Api, n: number, client = 'c1'): Promise<Answer> => api.push(client, n, 'add', { by: 1 });

const costOf = (answer: Answer): Record<string, number> =>
  Object.fromEntries(
    (answer.headers.get('Changebucket-Cost') ?? '').split(', ').map((member) => {
      const [name = '', value = ''] = member.split('=');
      expect(value).toMatch(/^\d{1,12}(\.\d{1,3})?$/);
      return [name, Number(value)];
    }),
  );

describe('what an application tells of its cost', () => {
  it('[C1] requests, messages, alarms, rows, bytes and dollars are counted, and outlive the object', async () => {
    const api = new Api(fresh());
    await api.create('counter');
    await add(api, 1);
    await alarmsDone(api.path);
    const line = await connect(api.path.replace('/v1/apps/', ''));
    line.send({ type: 'push', client: 'c2', n: 1, name: 'add', args: { by: 1 } });
    await line.next('outcomes', 'receipts');
    await alarmsDone(api.path);
    const { cost: before } = await api.info();
    // Creation, a push, a handshake, and this question.
    expect(before).toMatchObject({ requests: 4, messages: 1 });
    expect(before.alarms).toBeGreaterThanOrEqual(1);
    expect(before.rowsWritten).toBeGreaterThan(5);
    const { requests, messages, alarms, rowsRead, rowsWritten, awakeMs, storedBytes } = before;
    const objectRequests = requests + alarms + messages / 20;
    const usage = { workerRequests: requests, objectRequests, rowsRead, rowsWritten, awakeMs };
    expect(before.dollars).toBeCloseTo(dollarsOf(usage), 12);
    expect(before.dollars).toBeGreaterThan(0);
    expect(before.dollarsPerMonthStored).toBe(dollarsOfStorage(storedBytes));
    expect(storedBytes).toBe(await inside(api.path, (storage) => storage.sql.databaseSize));
    expect(before.prices).toEqual({ name: PRICES.name, date: PRICES.date });
    await add(api, 2);
    await evict(api.path);
    const { cost: after } = await api.info();
    for (const name of ['requests', 'messages', 'rowsRead', 'rowsWritten'])
      expect(after[name]).toBeGreaterThanOrEqual(before[name]);
    expect(after.rowsWritten).toBeGreaterThanOrEqual(before.rowsWritten + 3);
  });

  it('[C1] counts are right to a row after any number of lives, checkpoints among them', async () => {
    const api = new Api(fresh());
    await api.create('debug');
    await alarmsDone(api.path);
    let written = (await api.info()).cost.rowsWritten;
    for (let n = 1; n <= 25; n += 1) {
      // Some are checkpointed: a megabyte of log is.
      await api.push('c1', n, 'note', { key: 'a', value: 'x'.repeat(100_000) });
      await alarmsDone(api.path);
      const { cost } = await api.info();
      expect(cost.rowsWritten).toBeGreaterThanOrEqual(written + 3);
      written = cost.rowsWritten;
      await evict(api.path);
      expect((await api.info()).cost.rowsWritten).toBe(written);
    }
  });

  it('[C1] the time awake is that of requests under way and of open streams, and of nothing else', async () => {
    const api = new Api(fresh());
    await api.create('counter');
    await add(api, 1);
    await alarmsDone(api.path);
    const awake = async (): Promise<number> => (await api.info()).cost.awakeMs;
    const during = async (work: () => Promise<unknown>): Promise<number> => {
      const before = await awake();
      await work();
      return (await awake()) - before;
    };
    const PAUSE_MS = 400;
    const pause = () => sleep(PAUSE_MS);
    const begun = performance.now();
    const counted = await during(pause);
    // The questions before and after the pause take their time, too.
    expect(counted).toBeLessThanOrEqual(performance.now() - begun - PAUSE_MS + ROUNDING_MS);
    const etag = (await api.state()).headers.get('ETag') as string;
    expect(await during(() => api.state({ 'If-None-Match': etag, Prefer: 'wait=1' }))).toBeGreaterThan(800);
    const events = await follow(api.path.replace('/v1/apps/', ''));
    await events.next();
    expect(await during(pause)).toBeGreaterThan(300);
    await events.cut();
  });

  it('[C1] a new application of the same name begins at nothing', async () => {
    const api = new Api(fresh());
    await api.create('counter');
    for (let n = 1; n <= 5; n += 1) await add(api, n);
    await api.call('DELETE', '');
    await api.create('counter');
    expect((await api.info()).cost.requests).toBeLessThanOrEqual(2);
  });
});

describe('what a receipt tells of its cost', () => {
  it('[C2] a lonely change: the row and the alarm; its repeat: nothing', async () => {
    const api = new Api(fresh());
    await api.create('counter');
    await alarmsDone(api.path);
    const cost = costOf(await add(api, 1));
    expect(cost).toMatchObject({ requests: 2, 'rows-written': 2 });
    expect(cost['stored-bytes']).toBeGreaterThan(40);
    expect(cost['microdollars']).toBeGreaterThan(2.45);
    expect(costOf(await add(api, 1))).toMatchObject({ requests: 2, 'rows-written': 0, 'stored-bytes': 0 });
  });

  it('[C2] one that is waited for, and one that is answered with the state or with nothing', async () => {
    const api = new Api(fresh());
    await api.create('counter');
    const preferences = ['wait=5', 'wait=5, return=representation', 'wait=5, return=minimal', 'return=minimal'];
    for (const [index, Prefer] of preferences.entries()) {
      const answer = await api.push('c1', index + 1, 'add', { by: 1 }, { Prefer });
      expect([answer.status, Prefer]).toEqual([Prefer.endsWith('minimal') ? 204 : 200, Prefer]);
      expect(costOf(answer)['rows-written']).toBeGreaterThan(0);
    }
  });

  it('[C2] a retry: the row, its alarm, and the note that it is under way', async () => {
    const api = new Api(fresh());
    await api.create('todos');
    await api.push('c1', 1, 'complete', { id: 'x', done: true }, { Prefer: 'wait=5' });
    await alarmsDone(api.path);
    const retried = await api.call('POST', '/rejections/1/retry');
    expect(retried.status).toBe(202);
    expect(costOf(retried)).toMatchObject({ requests: 2, 'rows-written': 3 });
    expect(costOf(retried)['stored-bytes']).toBeGreaterThan(40);
  });

  it('[C2] pushes of one turn share the row', async () => {
    const api = new Api(fresh());
    await api.create('counter');
    await alarmsDone(api.path);
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => add(api, 1, `c${i}`)));
    const parts = answers.map((answer) => costOf(answer)['rows-written'] as number);
    expect(Math.min(...parts)).toBeLessThan(1);
    const { cost } = await api.info();
    expect(parts.reduce((sum, part) => sum + part, 0)).toBeLessThanOrEqual(cost.rowsWritten);
  });
});

describe('a budget', () => {
  it('[C3] of rows refuses new changes; repeats, reads and what was accepted go on; eviction refills nothing', async () => {
    // At midnight a new budget would begin.
    stopClock();
    const api = await thrifty('rows-24');
    let n = 0;
    let answer: Answer;
    do {
      n += 1;
      answer = await add(api, n);
      await alarmsDone(api.path);
      await evict(api.path);
    } while (answer.status === 202 && n < 20);
    expect([answer.status, problemName(answer), answer.body.limit]).toEqual([429, 'budget-exceeded', 24]);
    const wait = Number(answer.headers.get('Retry-After'));
    const toMidnight = (86_400_000 - (Date.now() % 86_400_000)) / 1_000;
    expect(Math.abs(wait - toMidnight)).toBeLessThan(60);
    expect(n).toBeGreaterThan(2);
    expect(n).toBeLessThan(9);
    expect((await add(api, n - 1)).body).toMatchObject({ repeated: true });
    expect((await api.drained()).count).toBe(n - 1);
    const { budget, cost } = await api.info();
    expect(budget.rowsToday.limit).toBe(24);
    expect(budget.rowsToday.used).toBeGreaterThanOrEqual(24);
    expect(budget.rowsToday.used).toBeLessThanOrEqual(cost.rowsWritten + 2);
  });

  it('[C3] of changes lets a batch finish, and the next minutes owe it', async () => {
    stopClock();
    const api = await thrifty('changes-10');
    const batch = Array.from({ length: 25 }, () => ({ name: 'add', args: { by: 1 } }));
    expect((await api.batch('c1', 1, batch)).status).toBe(202);
    await alarmsDone(api.path);
    await evict(api.path);
    const refused = await add(api, 26);
    expect([refused.status, problemName(refused), refused.body.limit]).toEqual([429, 'budget-exceeded', 10]);
    const toMinute = (60_000 - (Date.now() % 60_000)) / 1_000;
    expect(Math.abs(Number(refused.headers.get('Retry-After')) - (60 + toMinute))).toBeLessThan(3);
    expect((await api.batch('c1', 1, batch)).body.receipts.every((each: any) => each.repeated)).toBe(true);
    expect((await api.drained()).count).toBe(25);
  });

  it('[C3] of rows holds for imports, creations and discards, and a refused import changes nothing', async () => {
    const api = await thrifty('rows-60');
    await add(api, 1);
    await api.drained();
    const { text } = await api.call('GET', '/export');
    const answers: Answer[] = [];
    for (let imports = 0; imports < 10; imports += 1)
      answers.push(await api.call('PUT', '/import', text, { 'Content-Type': 'application/x-ndjson' }));
    const refused = answers.findIndex(({ status }) => status !== 200);
    expect(refused).toBeGreaterThan(0);
    expect(answers.slice(refused).map(problemName)).toEqual(answers.slice(refused).map(() => 'budget-exceeded'));
    expect((await api.drained()).count).toBe(1);
    await api.call('DELETE', '');
    expect(problemName(await api.create('counter'))).toBe('budget-exceeded');
  });

  it('[C3] of changes counts an import as a change', async () => {
    stopClock();
    const api = await thrifty('changes-2');
    const { text } = await api.call('GET', '/export');
    const replace = () => api.call('PUT', '/import', text, { 'Content-Type': 'application/x-ndjson' });
    expect([(await replace()).status, (await replace()).status]).toEqual([200, 200]);
    // What an import has cost outlives the object.
    await evict(api.path);
    expect((await replace()).status).toBe(429);
    expect(problemName(await add(api, 1))).toBe('budget-exceeded');
  });

  it('[C3] [L3] is not refilled by a deletion, whether the object is evicted before, after, or not at all', async () => {
    stopClock();
    const never = async (): Promise<void> => undefined;
    for (const [first, then] of [
      [never, never],
      [evict, never],
      [never, evict],
      [evict, evict],
    ] as const) {
      const api = new Api(fresh(`changes-3-${crypto.randomUUID()}`));
      for (let n = 1; n <= 3; n += 1) expect((await api.merge('c1', n, { n })).status).toBe(202);
      await alarmsDone(api.path);
      await first(api.path);
      expect((await api.call('DELETE', '')).status).toBe(204);
      await then(api.path);
      expect(problemName(await api.merge('c1', 1, { again: true }))).toBe('budget-exceeded');
      expect((await api.state()).status).toBe(404);
      await then(api.path);
      expect(problemName(await api.create('document'))).toBe('budget-exceeded');
    }
  });

  it('[L17] where there is no budget, a deletion for good leaves no table', async () => {
    const api = new Api(fresh());
    await api.merge('c1', 1, { a: 1 }, { Prefer: 'wait=5' });
    await api.call('POST', '/purge');
    const tables = await inside(api.path, ({ sql }) =>
      sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '_cf_%'").toArray(),
    );
    expect(tables).toEqual([]);
  });

  it('[C3] over a socket it is told in "refused"', async () => {
    stopClock();
    const api = await thrifty('changes-1');
    await add(api, 1);
    const line = await connect(api.path.replace('/v1/apps/', ''));
    line.send({ type: 'push', client: 'c1', n: 2, name: 'add', args: { by: 1 } });
    expect((await line.next('refused')).problem).toMatchObject({ status: 429, limit: 1 });
  });

  it('[A5] [J11] an application without the binding of its directory accepts nothing, however it is reached', async () => {
    const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const api = new Api(fresh(`unbound-${crypto.randomUUID()}`));
    const answers = [
      await api.merge('c1', 1, { a: 1 }),
      await api.merge('c1', 1, { a: 1 }),
      await api.call('PUT', '', { kind: 'document' }),
    ];
    for (const answer of answers) {
      expect([answer.status, problemName(answer)]).toEqual([503, 'not-configured']);
      expect(answer.body.detail).toContain('DIRECTORY');
    }
    expect((await api.state()).status).toBe(404);
    const lines = told.mock.calls.map(([line]) => JSON.parse(line));
    expect(lines.filter(({ message }) => message === 'the deployment is not configured')).toMatchObject([
      { level: 'error', detail: expect.stringContaining('DIRECTORY') },
    ]);
    told.mockRestore();
  });

  it('[C3] [J11] one that is not a number refuses every push, says so, and creates nothing', async () => {
    const api = new Api(fresh(`rows-many-${crypto.randomUUID()}`));
    const refused = await api.merge('c1', 1, { a: 1 });
    expect([refused.status, problemName(refused)]).toEqual([503, 'not-configured']);
    expect(refused.body.detail).toContain('BUDGET_ROWS_PER_DAY');
    expect((await api.state()).status).toBe(404);
  });
});
