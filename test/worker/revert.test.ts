import { expect, it } from 'vitest';
import { Api, fresh } from '../support/api.ts';

const JSON_TYPE = { 'Content-Type': 'application/json', Prefer: 'wait=5' };

it('[D13] [S4] a revert is applied as a whole, moves with its array, and is rejected when its place was changed', async () => {
  const api = new Api(fresh());
  let n = 0;
  const push = async (name: string, args: unknown) => {
    n += 1;
    return (await api.call('PUT', `/changes/c1/${n}`, JSON.stringify({ name, args }), JSON_TYPE)).body;
  };
  await push('merge', { list: [{ id: 'new' }, { id: 'a', x: 2 }], title: 'mine' });
  const steps = [
    { at: ['list', { index: 0, mark: '' }], key: 'x', now: 2, was: 1 },
    { at: [], key: 'title', now: 'mine', was: 'theirs' },
  ];
  const before = await api.state();
  expect(await push('revert', steps)).toMatchObject({ status: 422, index: 0 });
  expect((await api.state()).body).toEqual(before.body);

  const fitting = { at: ['list'], index: 0, now: [{ id: 'a', x: 2 }], was: [{ id: 'a', x: 1 }] };
  const { version } = await push('revert', [fitting, steps[1]]);
  const { body, headers } = await api.state();
  expect(body).toEqual({ list: [{ id: 'new' }, { id: 'a', x: 1 }], title: 'theirs' });
  expect(headers.get('ETag')).toContain(`.${version}"`);
  expect(await push('revert', [fitting])).toMatchObject({ status: 422 });
  expect(await push('revert', { at: [] })).toMatchObject({ status: 422 });
});
