import { describe, expect, it } from 'vitest';
import { Api, fresh, problemName } from '../support/api.ts';
import { evict } from '../support/objects.ts';

const NOW = { Prefer: 'wait=5' };
const INITIAL = { title: 'untitled', notes: [] };

describe.each(['valibot', 'zod', 'arktype'])('schemas of %s on workerd', (library) => {
  const created = async (): Promise<Api> => {
    const api = new Api(fresh());
    await api.create(`notes-${library}`);
    return api;
  };

  it('[L1] what the schema makes of the initial state is stored', async () => {
    expect(await (await created()).drained()).toEqual(INITIAL);
  });

  it('[Q4] [D4] reducers get what the schema makes of the args, once; what was pushed is stored and compared', async () => {
    const api = await created();
    const pushed = { text: '  tea ', times: '41' };
    await api.push('c', 1, 'add', pushed);
    await evict(api.path);
    await api.push('c', 2, 'add', { times: '1' }, NOW);
    expect((await api.drained()).notes).toEqual(['tea 42', 'empty 2']);
    expect((await api.push('c', 1, 'add', pushed)).body).toMatchObject({ seq: 1, repeated: true });
    expect(problemName(await api.push('c', 1, 'add', { ...pushed, text: 'tea' }))).toBe('id-conflict');
    expect((await api.log(0)).body.entries[0].args).toEqual(pushed);
  });

  it('[Q13] [D4] args that do not fit are refused before, and rejected when applied, with the reason of the library', async () => {
    const api = await created();
    const refused = await api.push('c', 1, 'add', { times: true }, { Prefer: 'precheck' });
    const rejected = await api.push('c', 1, 'add', { times: true }, NOW);
    expect([problemName(refused), problemName(rejected)]).toEqual(['invalid-args', 'invalid-args']);
    for (const { body } of [refused, rejected]) expect(body.detail).toMatch(/^times: /);
  });

  it('[L6] a backup and its import leave everything as it was, once more, too', async () => {
    const api = await created();
    await api.push('c', 1, 'add', { text: ' a ', times: '1' }, NOW);
    let from = api;
    for (let time = 0; time < 2; time += 1) {
      const copy = new Api(fresh());
      const text = (await from.call('GET', '/export')).text;
      expect((await copy.call('PUT', '/import', text, { 'Content-Type': 'application/x-ndjson' })).status).toBe(200);
      expect(await copy.drained()).toEqual({ title: 'untitled', notes: ['a 2'] });
      from = copy;
    }
  });
});
