import { describe, expect, it } from 'vitest';
import { applicationName } from '../../../../src/protocol/ids.ts';
import { Api, bearer, problemsIn, request } from '../../../support/api.ts';
import { connect } from '../../../support/live.ts';
import { until } from '../../../support/wait.ts';

const WAIT = { Prefer: 'wait=5' };
const subjects = [
  '9f2b8c1e-0000-4000-8000-123456789abc',
  'auth0|5f7c8ec7c33c6c004bbafe82',
  '-AbC_dEf0123456789',
  'dlvyg+PkAtlCmoJtTqbT/W8AJ74=',
  'ann@example.org',
  'acct:ann@example.org',
  'spiffe://example.org/ns/x',
  'jörg',
  'jo\u0308rg',
  'a b',
  'a%2Fb',
  'a/../b',
  '__proto__',
  'constructor',
  '*',
  "o'hara (!)",
  '🙂',
  '/'.repeat(256),
];

describe('[I4] a subject as an identity provider makes it', () => {
  it.each(subjects)('%j owns applications, lists them and gives rights in them', async (sub) => {
    const name = applicationName({ owner: sub, app: 'notes' });
    const api = new Api(name, sub);
    const pushed = await api.merge('c1', 1, { mine: true }, WAIT);
    expect(pushed.status).toBe(200);
    const location = (await api.merge('c1', 2, { mine: 2 })).headers.get('Location') ?? '';
    expect((await request(location, { headers: await bearer(sub) })).body).toMatchObject({ client: 'c1', n: 2 });
    expect(await api.info()).toMatchObject({ owner: sub, app: 'notes', createdBy: sub });
    expect((await api.log(0)).body.entries[0].user).toBe(sub);
    const listed = async (): Promise<string[]> => {
      const list = await request(api.path.slice(0, api.path.lastIndexOf('/')), { headers: await bearer(sub) });
      return list.body.applications.map(({ app }: { readonly app: string }) => app);
    };
    await until(async () => (await listed()).includes('notes'));
    const exported = await api.call('GET', '/export');
    expect(exported.headers.get('Content-Disposition')).toMatch(/^attachment; filename="[\w.~%-]+-notes\.ndjson"$/);
    const guest = new Api(name, 'guest', { [name]: 'reader' });
    expect((await guest.state()).body).toMatchObject({ mine: expect.anything() });
    const all = new Api(name, 'guest', { [name.replace('/notes', '/*')]: 'writer' });
    expect((await all.merge('guest', 1, { theirs: true })).status).toBe(202);
    const line = await connect(name, { subject: sub });
    line.send({ type: 'subscribe' });
    expect((await line.next('state')).state).toMatchObject({ mine: expect.anything() });
    line.send({ type: 'push', client: 'socket', n: 1, name: 'merge', args: { socket: true } });
    await line.next('outcomes');
    line.close();
    expect((await api.log(0)).body.entries.at(-1)).toMatchObject({ client: 'socket', user: sub });
  });

  it('has one application under all spellings, and answers use the canonical one', async () => {
    const sub = 'zoë@example.org';
    const headers = { ...(await bearer(sub)), 'Content-Type': 'application/merge-patch+json' };
    const spellings = ['zo%C3%AB%40example.org', 'zo%c3%ab%40example.org', 'zoë@example.org', '%7Ao%C3%AB@example.org'];
    for (const [index, spelling] of spellings.entries()) {
      const path = `/v1/apps/${spelling}/spelled`;
      const pushed = await request(`${path}/changes/c1/${index + 1}`, {
        method: 'PUT',
        headers,
        body: `{"n":${index}}`,
      });
      expect(pushed.status).toBe(202);
      expect(pushed.headers.get('Location')).toBe(`/v1/apps/zo%C3%AB%40example.org/spelled/changes/c1/${index + 1}`);
    }
    const granted = new Api('zoë@example.org/spelled', 'guest', { 'zo%c3%ab@example.org/spelled': 'reader' });
    expect((await granted.state({ Prefer: 'drain' })).body).toEqual({ n: 3 });
  });

  it('[A3] is not met by a subject that only looks alike or is decoded twice', async () => {
    const api = new Api(applicationName({ owner: 'jörg|a', app: 'notes' }), 'jörg|a');
    await api.merge('c1', 1, { mine: true }, WAIT);
    for (const sub of [
      'jo\u0308rg|a',
      'JÖRG|a',
      'j\u00f6rg|\u0430',
      'j%C3%B6rg%7Ca',
      'jörg',
      'jörg|a ',
      'jörg|a/notes',
    ]) {
      const answer = await request(`${api.path}/state`, { headers: await bearer(sub) });
      expect(problemsIn(answer, 404, 'unknown-application')).toEqual([]);
    }
    const twice = await request(`/v1/apps/j%25C3%25B6rg%257Ca/notes/state`, { headers: await bearer('jörg|a') });
    expect(problemsIn(twice, 404, 'unknown-application')).toEqual([]);
  });

  it.each([
    ['control characters', 'a%0Ab'],
    ['a lone surrogate', 'a%ED%A0%80'],
    ['a line separator', 'a%E2%80%A8b'],
    ['257 characters', 'a'.repeat(257)],
    ['769 encoded characters', encodeURIComponent('ä'.repeat(129))],
    ['a stray percent sign', 'a%'],
  ])('with %s is none', async (_, owner) => {
    const answer = await request(`/v1/apps/${owner}/notes/state`, { headers: await bearer('alice') });
    expect(problemsIn(answer, 400, 'invalid-id')).toEqual([]);
  });
});
