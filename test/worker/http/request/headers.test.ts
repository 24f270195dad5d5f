import { describe, expect, it } from 'vitest';
import { type Answer, type Api, bearer, type Headings } from '../../../support/api.ts';
import { askIn } from '../../../support/other-environments.ts';
import { expectRefused, ownDocument } from '../../../support/refusals.ts';

describe('[J10] [J11] headers', () => {
  const prefers = {
    'wait without a value': 'wait',
    'wait for a word': 'wait=soon',
    'a negative wait': 'wait=-1',
    'a wait in fractions': 'wait=1.5',
    'a wait in exponents': 'wait=1e3',
    'another return': 'return=everything',
    'return without a value': 'return',
    'drain with a value': 'drain=1',
    'precheck with a value': 'precheck=no',
    'an open quote': 'wait="5',
    'two words without a comma': 'drain precheck',
    'only a parameter': '; wait=5',
    'a name that is none': '@=1',
    'a value that is none': 'wait=(5)',
    '5,000 characters': `x=${'y'.repeat(5_000)}`,
  };
  const tags = {
    'a bare word': 'abc',
    'a version': '12',
    'an open quote': '"abc',
    'a weak tag in small letters': 'w/"abc"',
    'two tags without a comma': '"a" "b"',
    'a star among tags': '*, "a"',
    'only commas': ', ,',
    '17 tags': Array.from({ length: 17 }, (_, index) => `"e.${index}"`).join(', '),
    '5,000 characters': `"${'e'.repeat(5_000)}"`,
    'a space in a tag': '"a b"',
  };
  const versions = ['', 'abc', '-1', '1.5', '01', '+1', '1e3', '9007199254740992', '1, 1', '"1"', '0x1'];
  const aims = [
    'json-patch;q=2',
    'json-patch;q=x',
    'json-patch=1',
    'json-patch json-patch',
    ';q=1',
    '@',
    '"json-patch"',
  ];
  const keys = [
    '',
    '~',
    '.a',
    '..',
    '__proto__',
    'a b',
    'a/b',
    '"a',
    'a"',
    '"a" ;x',
    '\u00e9',
    'a'.repeat(129),
    '"a","b"',
  ];

  const push = (api: Api, headers: Headings): Promise<Answer> => api.merge('c1', 2, { bad: 1 }, headers);
  const read = (api: Api, headers: Headings): Promise<Answer> => api.state(headers);
  const batch = (api: Api, headers: Headings): Promise<Answer> =>
    api.batch('c1', 2, [{ name: 'merge', args: { bad: 1 } }], { atomic: true }, headers);
  const post = (api: Api, headers: Headings): Promise<Answer> =>
    api.call('POST', '/changes', { name: 'merge', args: { bad: 1 } }, headers);

  type Case = [name: string, (api: Api, headers: Headings) => Promise<Answer>, Headings];
  const cases: Case[] = [
    ...Object.entries(prefers).flatMap(([name, Prefer]): Case[] => [
      [`Prefer of a push: ${name}`, push, { Prefer }],
      [`Prefer of a batch: ${name}`, batch, { Prefer }],
      [`Prefer of a push without a client: ${name}`, post, { Prefer }],
      [`Prefer of a read: ${name}`, read, { Prefer }],
    ]),
    ...Object.entries(tags).flatMap(([name, tag]): Case[] => [
      [`If-Match of a push: ${name}`, push, { 'If-Match': tag }],
      [`If-Match of a batch: ${name}`, batch, { 'If-Match': tag }],
      [`If-None-Match of a read: ${name}`, read, { 'If-None-Match': tag }],
    ]),
    ...versions.map((version): Case => [`Min-Version: ${version}`, read, { 'Min-Version': version }]),
    ...aims.map((aim): Case => [`A-IM: ${aim}`, read, { 'A-IM': aim }]),
    ...keys.map((key): Case => [`Idempotency-Key: ${key.slice(0, 20)}`, post, { 'Idempotency-Key': key }]),
  ];
  it.each(cases)('%s', (_, route, headers) => expectRefused([400, 'invalid-header'], (api) => route(api, headers)));

  // By HTTP an empty If-Match does not arrive: workerd drops it from the headers that it knows itself.
  it.each([
    ['PUT', '/changes/c1/2', 'If-Match'],
    ['GET', '/state', 'If-None-Match'],
  ])('%s %s with an empty %s', (method, rest, name) =>
    expectRefused([400, 'invalid-header'], async (api) => {
      const headers = {
        ...(await bearer(api.path.split('/')[3] as string)),
        'Content-Type': 'application/json',
        [name]: '',
      };
      const body = method === 'PUT' ? '{"name":"merge"}' : null;
      return askIn({}, api.path + rest, { method, body, headers });
    }),
  );

  it('If-Match on a batch that is not atomic', () =>
    expectRefused([400, 'invalid-header'], (api) => api.batch('c1', 2, [{ name: 'merge' }], {}, { 'If-Match': '*' })));

  it('unknown preferences and manipulations are ignored', async () => {
    const api = await ownDocument();
    const pushed = await push(api, { Prefer: 'respond-async, x="a;b,c"; y=1, , return=minimal; z' });
    expect(pushed.status).toBe(204);
    const state = await read(api, { 'A-IM': 'vcdiff, gzip;q=0.5', Prefer: 'handling=lenient, drain' });
    expect([state.status, state.body]).toEqual([200, { a: 1, bad: 1 }]);
  });
});
