import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  idParameter,
  integerParameter,
  pointerParameter,
  readQuery,
  versionParameter,
} from '../../../../../src/server/http/request/query.ts';
import { holds, hostileText } from '../../../../support/property.ts';

const STATE = { at: versionParameter, path: pointerParameter };
const LOG = { after: versionParameter, limit: integerParameter(1, 500) };
const LIST = { after: idParameter, limit: integerParameter(1, 40) };
const ALL = { ...STATE, ...LOG };

describe('a query', () => {
  it.each([
    ['', {}],
    ['?', {}],
    ['?at=0', { at: 0 }],
    ['?at=9007199254740991', { at: 9007199254740991 }],
    ['?%61t=%31', { at: 1 }],
    ['?path=', { path: '' }],
    ['?path', { path: '' }],
    ['?path=/', { path: '/' }],
    ['?path=/a/b', { path: '/a/b' }],
    ['?path=%2Fa%2Fb', { path: '/a/b' }],
    ['?path=/a=b', { path: '/a=b' }],
    ['?path=/a+b%20c%2Bd', { path: '/a b c+d' }],
    ['?path=/%C3%A9/%F0%9F%98%80', { path: '/é/😀' }],
    ['?path=/a%26b%3Fc%23d', { path: '/a&b?c#d' }],
    ['?path=/%2561', { path: '/%61' }],
    ['?path=/~0~1', { path: '/~0~1' }],
    ['?at=7&path=/a', { at: 7, path: '/a' }],
    ['?limit=1&after=0', { limit: 1, after: 0 }],
    ['?limit=500', { limit: 500 }],
  ])('[S8] [S9] [L7] %j', (search, values) => {
    expect(readQuery(search, ALL)).toEqual({ kind: 'query', values });
  });

  it.each([
    '?at=1&at=1',
    '?at=1&at=2',
    '?path=/a&path=/b',
    '?at=1&%61t=1',
    '?at=1&path=/a&limit=1&after=1&at=1',
    '?At=1',
    '?AT=1',
    '?at%20=1',
    '?at[]=1',
    '?version=1',
    '?at=1&x',
    '?at=1&',
    '?&at=1',
    '?at=1&&path=/a',
    '?=1',
    '?&',
    '??at=1',
    '?__proto__=1',
    '?constructor=1',
    '?toString=1',
    '?hasOwnProperty',
    '?access_token=secret',
    '?%',
    '?%zz=1',
    '?%C3=1',
  ])('[J10] %j is not what is allowed', (search) => {
    expect(readQuery(search, ALL)).toMatchObject({
      kind: 'problem',
      problem: { name: 'invalid-query', detail: 'Allowed here: at, path, after, limit, each once.' },
    });
  });

  it.each([
    '?at',
    '?at=',
    '?at=-1',
    '?at=01',
    '?at=1.0',
    '?at=1e3',
    '?at=+1',
    '?at=%2B1',
    '?at=%201',
    '?at=0x1',
    '?at=latest',
    '?at=9007199254740992',
    '?at=%EF%BC%91',
    '?at=1;path=/a',
    '?limit=0',
    '?limit=501',
    '?limit=-1',
    '?limit=all',
    '?after=',
    '?path=a',
    '?path=%23/a',
    '?path=/~',
    '?path=/~2',
    '?path=/%',
    '?path=/%2',
    '?path=/%zz',
    '?path=/%ff',
    '?path=/%c0%af',
    '?path=/%ed%a0%80',
    '?path=/__proto__',
    '?path=/a/constructor',
    '?path=/%5F_proto__',
  ])('[J10] the value in %j is refused', (search) => {
    expect(readQuery(search, ALL)).toMatchObject({
      kind: 'problem',
      problem: {
        name: 'invalid-query',
        detail: expect.stringMatching(/^The parameter (at|path|after|limit) must be /),
      },
    });
  });

  it.each(['a', 'a.b_c~d-9'])('[L4] takes the id %s', (id) => {
    expect(readQuery(`?after=${id}`, LIST)).toEqual({ kind: 'query', values: { after: id } });
  });

  it.each(['', '~', '..', 'a/b', 'a%2Fb', 'a+b', '%00', 'a%0D%0A', '%C3%A9', 'a'.repeat(129)])(
    '[J10] %j is no id',
    (id) => {
      expect(readQuery(`?after=${id}`, LIST)).toMatchObject({ problem: { name: 'invalid-query' } });
    },
  );

  it('[J10] long ones are refused', () => {
    for (const search of [`?path=/${'k'.repeat(513)}`, `?path=${'/a'.repeat(65)}`, `?${'a&'.repeat(1_000_000)}`]) {
      expect(readQuery(search, ALL)).toMatchObject({ problem: { name: 'invalid-query' } });
    }
  });

  it('[J10] says so where nothing is allowed', () => {
    expect(readQuery('?a=1', {})).toMatchObject({
      problem: { name: 'invalid-query', detail: 'Allowed here: no parameters.' },
    });
    expect(readQuery('', {})).toEqual({ kind: 'query', values: {} });
  });

  it('[E2] echoes no value', () => {
    for (const search of ['?at=eyJhbGciOi', '?eyJhbGciOi=1', '?path=eyJhbGciOi']) {
      expect(JSON.stringify(readQuery(search, ALL))).not.toContain('eyJ');
    }
  });

  it('reads what URLSearchParams writes', () => {
    const token = fc.string({ unit: 'grapheme' }).map((text) => text.replace(/~/g, '~0').replace(/\//g, '~1'));
    const path = fc.array(
      token.filter((text) => !/^(__proto__|constructor|prototype)$/.test(text)),
      { maxLength: 4 },
    );
    holds(
      fc.property(
        fc.maxSafeNat(),
        path.map((tokens) => tokens.map((text) => `/${text}`).join('')),
        (at, pointer) => {
          const search = `?${new URLSearchParams({ path: pointer, at: String(at) })}`;
          expect(readQuery(search, STATE)).toEqual({ kind: 'query', values: { path: pointer, at } });
          expect(readQuery(new URL(`http://x/${search}`).search, STATE)).toEqual(readQuery(search, STATE));
        },
      ),
    );
  });

  it('gets an answer whatever it is', () => {
    const seen = { query: 0, problem: 0 };
    const near = fc.array(fc.constantFrom('at=1', 'path=/a', 'path=', '&', '&', '%', '='), { maxLength: 4 });
    holds(
      fc.property(
        fc.oneof(
          hostileText('&=%atph/1~+'),
          near.map((each) => each.join('')),
        ),
        (text) => {
          seen[readQuery(`?${text}`, STATE).kind] += 1;
        },
      ),
    );
    expect(Math.min(seen.query, seen.problem)).toBeGreaterThan(10);
  });
});
