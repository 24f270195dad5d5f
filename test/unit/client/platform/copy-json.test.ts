import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyJson } from '../../../../src/client/platform/copy-json.ts';
import { ProblemError } from '../../../../src/client/platform/problem-error.ts';
import { Clock } from '../support/clock.ts';
import { notes } from '../support/notes.ts';
import { CLIENTS, openNotes } from '../support/open.ts';
import { ServerDouble } from '../support/server.ts';

class Point {
  x = 1;
}
const cyclic: { self?: unknown; list?: unknown[] } = {};
cyclic.self = cyclic;
const cyclicList: unknown[] = [];
cyclicList.push({ up: cyclicList });
const withHole = [1, 2, 3];
delete withHole[1];

/** Values that JSON has no word for, by the kind of silence in which JSON.stringify would change them. */
const NOT_JSON: readonly (readonly [name: string, value: unknown])[] = [
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['an invalid date', new Date('nonsense')],
  ['an object whose toJSON gives null', { toJSON: () => null }],
  ['an object whose toJSON gives nothing', { toJSON: () => undefined }],
  ['an object whose toJSON gives NaN', { toJSON: () => Number.NaN }],
  ['a Map', new Map([['a', 1]])],
  ['a Set', new Set([1])],
  ['a WeakMap', new WeakMap()],
  ['bytes', new Uint8Array([7])],
  ['floats', new Float64Array([1])],
  ['a buffer', new ArrayBuffer(8)],
  ['an instance of a class', new Point()],
  ['an object that inherits members', Object.create({ a: 1 })],
  ['an error', new Error('x')],
  ['a regular expression', /x/],
  ['a promise', Promise.resolve(1)],
  ['a boxed number', Object(1)],
  ['a function', () => 1],
  ['a symbol', Symbol('x')],
  ['a key that is a symbol', { [Symbol('x')]: 1 }],
  ['a bigint', 10n],
  ['an array with a hole', withHole],
  ['an array with a member', Object.assign([1], { index: 1 })],
  ['a match', 'ab'.match(/a/)],
];

const problemOf = (call: () => unknown): unknown => {
  try {
    call();
  } catch (error) {
    return error instanceof ProblemError ? error.problem : error;
  }
  return 'nothing was thrown';
};

describe('a copy as JSON', () => {
  it.each(NOT_JSON)('refuses %s, wherever it stands, and names the place', (_name, value) => {
    const type = 'urn:changebucket:client:not-json';
    expect(problemOf(() => copyJson(value))).toMatchObject({ type, pointer: '' });
    expect(problemOf(() => copyJson({ 'a/b': [0, { '~c': value }] }))).toMatchObject({ type, pointer: '/a~1b/1/~0c' });
  });

  it('refuses cycles and elements that are undefined, but not what is there twice', () => {
    expect(problemOf(() => copyJson(cyclic))).toMatchObject({ detail: 'At "/self": a cycle.', pointer: '/self' });
    expect(problemOf(() => copyJson(cyclicList))).toMatchObject({ detail: 'At "/0/up": a cycle.', pointer: '/0/up' });
    expect(problemOf(() => copyJson([1, undefined]))).toMatchObject({ detail: 'At "/1": undefined.', pointer: '/1' });
    const twice = { a: 1 };
    expect(copyJson([twice, twice])).toEqual([{ a: 1 }, { a: 1 }]);
  });

  it.each([
    ['Point', new Point()],
    ['Map', new Map()],
    ['Date', new Date('nonsense')],
    ['NaN', Number.NaN],
    ['function', () => 1],
    ['Symbol', Symbol('x')],
    ['BigInt', 10n],
    ['Array', withHole],
    ['Object', Object.create({ a: 1 })],
  ] as const)('says that it is a %s', (name, value) => {
    expect(problemOf(() => copyJson({ a: value }))).toMatchObject({
      detail: expect.stringMatching(new RegExp(`"/a": .*${name}`, 'i')),
    });
  });

  it('leaves out members that are undefined, and takes a Date for its text and -0 for 0', () => {
    expect(copyJson({ a: undefined, b: new Date(0), c: { d: undefined } })).toStrictEqual({
      b: '1970-01-01T00:00:00.000Z',
      c: {},
    });
    expect(Object.is(copyJson(-0), 0)).toBe(true);
    expect(copyJson({ k: { toJSON: (key: string) => key } })).toEqual({ k: 'k' });
    expect(copyJson(Object.assign(Object.create(null), { a: 1 }))).toEqual({ a: 1 });
  });

  it('keeps every JSON value as JSON.stringify does', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const copy = copyJson(value);
        expect(JSON.stringify(copy)).toBe(JSON.stringify(value));
        if (typeof value === 'object' && value !== null) expect(copy).not.toBe(value);
      }),
    );
    const own = JSON.parse('{"__proto__":{"a":1}}');
    expect(JSON.stringify(copyJson(own))).toBe('{"__proto__":{"a":1}}');
  });
});

describe.each(CLIENTS)('a push of %s', (_name, open) => {
  it.each(NOT_JSON)('throws for %s, and queues nothing', async (_kind, value) => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const client = open(server, clock);
    await clock.pass(1_000);
    const push = client.push.note as (args: unknown) => unknown;
    expect(problemOf(() => push({ id: 'a', more: value }))).toMatchObject({
      detail: expect.stringContaining('"/more"'),
    });
    expect(client.status.pending).toBe(0);
    push({ id: 'b' });
    await clock.pass(1_000);
    expect(server.applied.map(({ args }) => args)).toEqual([{ id: 'b' }]);
    client.close();
  });
});

describe('other ways to give values to a client', () => {
  it('refuse what is not JSON as presence, and as what an `inverse` makes', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const client = openNotes(server, clock, { inverse: () => ({ name: 'note', args: { id: Number.NaN } }) });
    expect(problemOf(() => client.presence.set({ at: Number.NaN }))).toMatchObject({
      detail: expect.stringContaining('"/at"'),
    });
    client.push.note({ id: 'a' });
    expect(problemOf(() => client.undo())).toMatchObject({ detail: expect.stringContaining('"/id"') });
    await clock.pass(1_000);
    expect(server.applied.map(({ args }) => args)).toEqual([{ id: 'a' }]);
    client.close();
  });
});
