import { beforeAll, describe, expect, it } from 'vitest';
import { LOG_SCAN_MAX } from '../../../../src/protocol/operating-limits.ts';
import { Api } from '../../../support/api.ts';
import { alarmsDone, evict, inside } from '../../../support/objects.ts';

const wait = { Prefer: 'wait=5' };
const path = 'filter-owner/app';
const api = new Api(path);
const bob = new Api(path, 'bob', { [path]: 'writer' });
let middle = 0;

const list = async (what: string): Promise<any[]> => (await api.call('GET', `/rejections?${what}`)).body.rejections;
const seqs = async (what: string): Promise<number[]> =>
  (await api.call('GET', `/log?${what}`)).body.entries.map(({ seq }: { seq: number }) => seq);

beforeAll(async () => {
  await api.create('debug');
  await api.push('c1', 1, 'note', { key: 'a', value: 1 }, wait);
  await api.push('c1', 2, 'refuse', {}, wait);
  await api.push('c1', 3, 'throw', {}, wait);
  middle = Date.now() + 2;
  while (Date.now() <= middle);
  await bob.push('c2', 1, 'not-json', {}, wait);
  await bob.push('c2', 2, 'note', { key: 'b', value: 2 }, wait);
  await bob.push('c2', 3, 'note', { key: 7 }, wait);
});

describe('the list of rejections', () => {
  it('[O6] tells rules and failures apart', async () => {
    expect((await list('')).map(({ seq, cause }) => [seq, cause])).toEqual([
      [2, 'rule'],
      [3, 'failure'],
      [4, 'failure'],
      [6, 'rule'],
    ]);
    expect((await list('cause=failure')).map(({ seq }) => seq)).toEqual([3, 4]);
    expect((await api.info()).rejections).toEqual({ listed: 4, failures: 2, forgotten: 0 });
  });

  it('[O3] [L15] is narrowed and paged', async () => {
    expect((await list('user=bob')).map(({ seq }) => seq)).toEqual([4, 6]);
    expect((await list('client=c1&name=throw')).map(({ seq }) => seq)).toEqual([3]);
    expect((await list(`since=${middle}`)).map(({ seq }) => seq)).toEqual([4, 6]);
    expect((await list(`until=${middle - 1}&cause=rule`)).map(({ seq }) => seq)).toEqual([2]);
    const page = (await api.call('GET', '/rejections?limit=3')).body;
    expect([page.rejections.length, page.more, page.next]).toEqual([3, true, 4]);
    expect((await api.call('GET', `/rejections?limit=3&after=${page.next}`)).body).toMatchObject({ more: false });
  });

  it('[O6] [O3] keeps a failure, however many rejections of rules come after it; rows of an earlier version too', async () => {
    const many = new Api('filter-owner/many');
    await many.create('debug');
    await many.push('c', 1, 'throw', {}, wait);
    const refusals = Array.from({ length: 700 }, () => ({ name: 'refuse' }));
    await many.batch('c', 2, refusals);
    await alarmsDone(many.path);
    const { rejections } = await many.info();
    expect(rejections).toEqual({ listed: 501, failures: 1, forgotten: 200 });
    await evict(many.path);
    const [failure] = (await many.call('GET', '/rejections?cause=failure')).body.rejections;
    expect(failure).toMatchObject({ seq: 1, name: 'throw', cause: 'failure' });
    const columns = await inside(many.path, ({ sql }) => sql.exec('SELECT * FROM rejections LIMIT 1').columnNames);
    expect(columns).toEqual(['seq', 'change', 'at', 'problem', 'fate', 'retry']);
  });

  it.each([
    'cause=bug',
    'user=',
    'client=a%20b',
    'name=',
    'since=yesterday',
    'limit=0',
    'user=a&user=b',
    'outcome=dead',
  ])('[J10] [L15] refuses ?%s', async (query) => {
    expect((await api.call('GET', `/rejections?${query}`)).body).toMatchObject({ status: 400 });
  });
});

describe('the log', () => {
  it('[L15] is narrowed by user, client, name, outcome and time', async () => {
    expect(await seqs('user=bob')).toEqual([4, 5, 6]);
    expect(await seqs('client=c1&outcome=applied')).toEqual([1]);
    expect(await seqs('outcome=rejected')).toEqual([2, 3, 4, 6]);
    expect(await seqs('name=note')).toEqual([1, 5, 6]);
    expect(await seqs(`since=${middle}&name=note`)).toEqual([5, 6]);
    expect(await seqs(`until=${middle - 1}`)).toEqual([1, 2, 3]);
    expect(await seqs('user=nobody')).toEqual([]);
    expect(await seqs('name=note&after=1&limit=1')).toEqual([5]);
  });

  it('[L15] looks at so many changes for one request, and says where to go on', async () => {
    const long = new Api('filter-owner/long');
    await long.create('debug');
    const notes = Array.from({ length: 1_000 }, () => ({ name: 'note', args: { key: 'a', value: 1 } }));
    for (let n = 0; n < 6; n += 1) await long.batch('c', 1 + n * 1_000, notes);
    await long.push('late', 1, 'note', { key: 'b', value: 1 }, { Prefer: 'wait=20' });
    const first = (await long.call('GET', '/log?client=late')).body;
    expect([first.entries, first.next]).toEqual([[], LOG_SCAN_MAX]);
    const second = (await long.call('GET', `/log?client=late&after=${first.next}`)).body;
    expect([second.entries.length, second.next]).toEqual([1, undefined]);
  });
});
