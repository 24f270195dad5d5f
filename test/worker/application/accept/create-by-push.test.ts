import { describe, expect, it } from 'vitest';
import { Api, fresh, type Headings, problemName } from '../../../support/api.ts';
import { connect, notePush, problemOf } from '../../../support/live.ts';
import { inside } from '../../../support/objects.ts';

const kind = (name: string): Headings => ({ 'Changebucket-Kind': name });
const ADD = { id: 'milk', text: 'Milk' };

const tablesOf = (api: Api) =>
  inside(api.path, ({ sql }) => sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '_cf_%'").toArray());

describe('a push names its kind', () => {
  it('[L2] the first push creates an application of the kind that it names', async () => {
    const api = new Api(fresh());
    const pushed = await api.push('c1', 1, 'add', ADD, { ...kind('todos'), Prefer: 'wait=5' });
    expect(pushed.status).toBe(200);
    expect((await api.info()).kind).toBe('todos');
    expect((await api.drained()).items).toMatchObject({ milk: { text: 'Milk' } });
  });

  it('[L2] so does a batch, a keyed change and a change without a client', async () => {
    const batch = new Api(fresh());
    expect((await batch.batch('c1', 1, [{ name: 'add', args: ADD }], {}, kind('todos'))).status).toBe(202);
    const posted = new Api(fresh());
    const headers = { ...kind('todos'), 'Idempotency-Key': '"one"' };
    expect((await posted.call('POST', '/changes', { name: 'add', args: ADD }, headers)).status).toBe(202);
    for (const api of [batch, posted]) expect((await api.info()).kind).toBe('todos');
  });

  it('[L2] a kind that the deployment does not have is refused with the list, and creates nothing', async () => {
    const api = new Api(fresh());
    const refused = await api.push('c1', 1, 'add', ADD, kind('kanban'));
    expect([refused.status, problemName(refused)]).toEqual([422, 'unknown-kind']);
    expect(refused.body.detail).toMatch(/document.*todos/);
    expect(refused.body.kinds).toEqual(expect.arrayContaining(['document', 'todos']));
    expect(await tablesOf(api)).toEqual([]);
  });

  it('[L2] [J11] a change that the named kind does not know creates nothing', async () => {
    const api = new Api(fresh());
    expect(problemName(await api.push('c1', 1, 'merge', { a: 1 }, kind('todos')))).toBe('unknown-change');
    expect(await tablesOf(api)).toEqual([]);
  });

  it('[L2] without a kind, a change that the first kind does not know is told how to name another, on every way', async () => {
    const api = new Api(fresh());
    const line = await connect(api.path.replace('/v1/apps/', ''));
    line.send({ type: 'push', client: 'c1', n: 1, name: 'add', args: ADD });
    const answers = [
      await api.push('c1', 1, 'add', ADD),
      await api.push('c1', 1, 'add', ADD, { Prefer: 'precheck' }),
      await api.push('c1', 1, 'add', ADD, { Prefer: 'wait=5' }),
      await api.call('POST', '/changes', { name: 'add', args: ADD }),
      await api.call('POST', '/changes', { name: 'add', args: ADD }, { 'Idempotency-Key': '"one"' }),
      await api.batch('c1', 1, [
        { name: 'merge', args: {} },
        { name: 'add', args: ADD },
      ]),
      await api.batch(
        'c1',
        1,
        [
          { name: 'merge', args: {} },
          { name: 'add', args: ADD },
        ],
        { atomic: true },
      ),
    ];
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404));
    for (const body of [...answers.map((answer) => answer.body), (await line.next('refused')).problem]) {
      expect(body.type).toBe('urn:changebucket:problem:unknown-application');
      expect(body.detail).toMatch(/Changebucket-Kind.*"kind" of a frame.*document.*no change "add".*merge/);
      expect(body.kinds).toEqual(expect.arrayContaining(['document', 'info-boxes', 'todos', 'debug', 'counter']));
    }
    expect(await tablesOf(api)).toEqual([]);
    expect((await api.push('c1', 1, 'add', ADD, kind('todos'))).status).toBe(202);
  });

  it('[L2] [E1] the detail stays short for any name, and a change that objects inherit is none', async () => {
    const api = new Api(fresh());
    for (const name of ['toString', 'hasOwnProperty', 'a'.repeat(64)]) {
      const refused = await api.push('c1', 1, name, {});
      expect([refused.status, problemName(refused)]).toEqual([404, 'unknown-application']);
      expect(refused.body.detail).toContain(`no change "${name}"`);
      expect(String(refused.body.detail).length).toBeLessThanOrEqual(500);
    }
  });

  it('[L2] [Q12] [Q13] without a kind, what else keeps a checked push from creating it is told, too', async () => {
    const api = new Api(fresh());
    const invalid = await api.push('c1', 1, 'patch', 7, { Prefer: 'precheck' });
    expect([invalid.status, problemName(invalid)]).toEqual([404, 'unknown-application']);
    expect(invalid.body.detail).toMatch(/document, which refuses this push: ./);
    for (const headers of [{}, kind('document')]) {
      const match = { ...headers, Prefer: 'precheck', 'If-Match': '"e.1"' };
      const conditional = await api.merge('c1', 1, { a: 1 }, match);
      expect([conditional.status, problemName(conditional)]).toEqual([404, 'unknown-application']);
      expect(conditional.body.detail).toContain('precondition');
    }
    expect(await tablesOf(api)).toEqual([]);
  });

  it('[L2] [L9] a change of another kind that was meant for a deleted application does not create it', async () => {
    const api = new Api(fresh());
    await api.push('c1', 1, 'add', ADD, kind('todos'));
    expect((await api.call('DELETE', '')).status).toBe(204);
    const late = await api.call('POST', '/changes', { name: 'add', args: ADD });
    expect([late.status, problemName(late), late.body.kinds?.[0]]).toEqual([404, 'unknown-application', 'document']);
    expect((await api.state()).status).toBe(404);
  });

  it('[L2] an application of another kind refuses the push, and the n stays free', async () => {
    const api = new Api(fresh());
    await api.create('document');
    const refused = await api.push('c1', 1, 'add', ADD, kind('todos'));
    expect([refused.status, problemName(refused)]).toEqual([409, 'kind-conflict']);
    expect((await api.merge('c1', 1, { a: 1 }, { ...kind('document'), Prefer: 'wait=5' })).status).toBe(200);
  });

  it('[L2] [A3] a sender that may not create it learns nothing but that it does not exist', async () => {
    const writer = new Api(fresh(), 'bob', { 'alice/*': 'writer' });
    for (const headers of [kind('todos'), kind('kanban'), {}]) {
      const refused = await writer.push('c1', 1, 'add', ADD, headers);
      expect([refused.status, problemName(refused)]).toEqual([404, 'unknown-application']);
      expect([refused.body.detail, refused.body.kinds]).toEqual(['Nothing is known of this application.', undefined]);
    }
  });

  it.each(['', ' ', 'a b', '../x', 'a'.repeat(129), '__proto__'])('[J10] the header %j is refused', async (name) => {
    const refused = await new Api(fresh()).merge('c1', 1, { a: 1 }, kind(name));
    expect([refused.status, problemName(refused)]).toEqual([400, 'invalid-header']);
  });

  it('[L2] [W8] a frame names it as a member', async () => {
    const path = fresh();
    const line = await connect(path);
    line.send({ ...notePush('c1', 1, 'a'), kind: 'nonsense' } as never);
    expect(problemOf(await line.next('refused'))).toBe('unknown-kind');
    line.send({ ...notePush('c1', 1, 'a'), kind: 'debug' } as never);
    await line.next('receipts', 'outcomes');
    expect((await new Api(path).info()).kind).toBe('debug');
    line.send({ ...notePush('c1', 2, 'a'), kind: 'document' } as never);
    expect(problemOf(await line.next('refused'))).toBe('kind-conflict');
  });
});
