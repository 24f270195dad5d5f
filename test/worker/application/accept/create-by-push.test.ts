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

  it('[L2] an application of another kind refuses the push, and the n stays free', async () => {
    const api = new Api(fresh());
    await api.create('document');
    const refused = await api.push('c1', 1, 'add', ADD, kind('todos'));
    expect([refused.status, problemName(refused)]).toEqual([409, 'kind-conflict']);
    expect((await api.merge('c1', 1, { a: 1 }, { ...kind('document'), Prefer: 'wait=5' })).status).toBe(200);
  });

  it('[L2] [A3] a sender that may not create it learns nothing but that it does not exist', async () => {
    const writer = new Api(fresh(), 'bob', { 'alice/*': 'writer' });
    for (const name of ['todos', 'kanban']) {
      const refused = await writer.push('c1', 1, 'add', ADD, kind(name));
      expect([refused.status, problemName(refused)]).toEqual([404, 'unknown-application']);
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
