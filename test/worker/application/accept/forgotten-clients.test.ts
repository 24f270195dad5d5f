import { describe, expect, it } from 'vitest';
import { CLIENTS_MAX } from '../../../../src/protocol/limits.ts';
import { type Answer, Api, fresh, problemName } from '../../../support/api.ts';
import { evict } from '../../../support/objects.ts';

/** An application that remembers as many clients as it can: c0, c1 … with n = 3, c0 unheard for longest. */
const crowded = async (): Promise<Api> => {
  const api = new Api(fresh());
  await api.create('debug');
  const header = { format: 'changebucket-backup', formatVersion: 1, kind: 'debug', definitionVersion: 1, version: 1 };
  const state = { entries: { a: 1 } };
  const clients = Array.from({ length: CLIENTS_MAX }, (_, index) =>
    JSON.stringify({ client: `c${index}`, n: 3, seq: 1, user: 'alice' }),
  );
  const backup = [JSON.stringify(header), JSON.stringify(state), ...clients, ''].join('\n');
  const imported = await api.call('PUT', '/import', backup, { 'Content-Type': 'application/x-ndjson' });
  expect(imported.status).toBe(200);
  return api;
};

const toldForgotten = (answer: Answer): unknown => [answer.status, problemName(answer), typeof answer.body.prefix];

const FORGOTTEN = [410, 'outcome-expired', 'string'];

const note = (api: Api, client: string, n: number): Promise<Answer> =>
  api.push(client, n, 'note', { key: client, value: n });

describe('clients that an application forgets', () => {
  it('[Q16] [Q14] [O2] are never taken for new ones, whoever comes, in this life and the next', async () => {
    const api = await crowded();
    const bob = new Api(api.path.replace('/v1/apps/', ''), 'bob', { 'alice/*': 'writer' });
    expect((await note(api, 'unknown', 2)).body.expected).toBe(1);
    expect((await api.ticket('unknown', 1)).status).toBe(404);
    expect((await note(api, 'new', 1)).status).toBe(202);

    const check = async (): Promise<void> => {
      for (const n of [1, 3, 4]) {
        expect(toldForgotten(await note(api, 'c0', n))).toEqual(FORGOTTEN);
        expect(toldForgotten(await note(bob, 'c0', n))).toEqual(FORGOTTEN);
      }
      expect(toldForgotten(await note(api, 'unknown', 2))).toEqual(FORGOTTEN);
      const ticket = await api.ticket('c0', 3);
      expect([ticket.status, problemName(ticket)]).toEqual([410, 'outcome-expired']);
      expect((await note(bob, 'c40000', 4)).status).toBe(403);
    };
    await check();
    await api.drained();
    await evict(api.path);
    await check();
    const { prefix } = (await note(api, 'c0', 4)).body;
    expect((await note(api, `${prefix}x`, 1)).status).toBe(202);
    // Enough for a checkpoint, which stores what was forgotten.
    for (let n = 1; n <= 6; n += 1)
      await api.push(`${prefix}y`, n, 'note', { key: 'big', value: 'x'.repeat(250_000) }, { Prefer: 'wait=5' });
    await evict(api.path);
    await check();
    expect((await api.info()).clients).toBe(CLIENTS_MAX);
    for (let n = 7; n <= 18; n += 1)
      await api.push(`${prefix}y`, n, 'note', { key: 'big', value: 'x'.repeat(250_000) }, { Prefer: 'wait=5' });
    await evict(api.path);
    await check();
  });

  it('[L6] [Q16] stay forgotten over an export and an import, in this life and the next', async () => {
    const api = await crowded();
    for (const client of ['new-1', 'new-2']) expect((await note(api, client, 1)).status).toBe(202);
    await api.drained();
    const copy = new Api(fresh());
    const { text } = await api.call('GET', '/export');
    const imported = await copy.call('PUT', '/import', text, { 'Content-Type': 'application/x-ndjson' });
    expect(imported.status, imported.text).toBe(200);
    for (let life = 0; life < 2; life += 1) {
      for (const client of ['c0', 'c1'])
        for (const n of [1, 3, 4]) expect(toldForgotten(await note(copy, client, n))).toEqual(FORGOTTEN);
      expect((await note(copy, 'c2', 4 + life)).status).toBe(202);
      await copy.drained();
      await evict(copy.path);
    }
  });

  it('[Q16] a subject that pushes under ever new ids makes the application forget its own, never those of others', async () => {
    const api = await crowded();
    const bob = new Api(api.path.replace('/v1/apps/', ''), 'bob', { 'alice/*': 'writer' });
    expect((await note(bob, 'bob-1', 1)).status).toBe(202);
    const ids = Array.from({ length: 200 }, (_, index) => `more-${index}`);
    for (const id of ids) expect((await note(api, id, 1)).status).toBe(202);
    expect((await note(bob, 'bob-1', 2)).status).toBe(202);
    expect(toldForgotten(await note(api, 'c100', 4))).toEqual(FORGOTTEN);
  });
});
