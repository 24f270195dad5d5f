import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkJson } from '../../../../src/core/json/check-json.ts';
import { readJson } from '../../../../src/core/json/json-text.ts';
import { holds } from '../../../support/property.ts';

const nameOf = (value: unknown): string | undefined => checkJson(value)?.name;

const nest = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

const cyclicObject = (): unknown => {
  const object: { self?: unknown } = {};
  object.self = { object };
  return object;
};

const cyclicArray = (): unknown => {
  const array: unknown[] = [];
  array.push([array]);
  return array;
};

/** Two to the power of `levels` leaves in `levels` objects. */
const bomb = (levels: number): unknown => {
  let value: unknown = [];
  for (let level = 0; level < levels; level += 1) value = [value, value];
  return value;
};

class Point {
  x = 1;
}

describe('checkJson takes JSON', () => {
  it.each([
    null,
    false,
    0,
    -0,
    '',
    '😀',
    [],
    {},
    [1, [2, { a: null }]],
    { a: { b: [] } },
    nest(64),
    Object.create(null),
    Object.freeze({ a: Object.freeze([1]) }),
    { a: undefined, b: [{ c: undefined }] },
    new Array(3).fill(0),
    'x'.repeat(1_000_000),
  ])('case %#', (value) => {
    expect(checkJson(value)).toBeUndefined();
  });

  it('whatever reads as JSON', () => {
    holds(
      fc.property(fc.jsonValue(), (value) => {
        const result = readJson(JSON.stringify(value));
        expect(nameOf(value)).toBe(result.kind === 'problem' ? result.problem.name : undefined);
      }),
    );
  });

  it('the same object in two places', () => {
    const shared = { a: [1] };
    expect(checkJson([shared, shared, { shared }])).toBeUndefined();
  });

  it('a proxy of plain data, as drafts are', () => {
    const data = { a: [1, 2] };
    expect(checkJson(new Proxy(data, {}))).toBeUndefined();
    expect(checkJson(new Proxy(data.a, {}))).toBeUndefined();
  });
});

describe('[D4] what is not JSON is refused', () => {
  it.each<[string, unknown]>([
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a BigInt', 1n],
    ['a Date', new Date(0)],
    ['a Map', new Map()],
    ['a Set', new Set()],
    ['a RegExp', /x/],
    ['an Error', new Error('x')],
    ['a promise', Promise.resolve()],
    ['a typed array', new Uint8Array(2)],
    ['an ArrayBuffer', new ArrayBuffer(2)],
    ['a boxed string', Object('x')],
    ['a boxed BigInt', Object(1n)],
    ['an instance of a class', new Point()],
    ['a class', Point],
    ['an object over another', Object.create({ a: 1 })],
    ['what inherits from arrays', Object.create(Array.prototype)],
    ['a subclass of Array', new (class Rows extends Array {})()],
    ['an array made to look plain', Object.setPrototypeOf([], Object.prototype)],
    ['an array without a prototype', Object.setPrototypeOf([], null)],
    ['arguments', argumentsObject()],
    ['globalThis', globalThis],
    ['undefined in an array', [undefined]],
    ['a toJSON method', { toJSON: () => 1 }],
    // biome-ignore lint/suspicious/noSparseArray: that is the case
    ['a hole', [1, , 2]],
    ['holes alone', new Array(3)],
    ['4,294,967,295 holes', new Array(4_294_967_295)],
    ['a deleted element', deleted()],
    ['an array with a member', Object.assign([1], { extra: 1 })],
    ['a hole made up for by a member', Object.assign(new Array(1), { extra: 1 })],
    ['a match', /a/.exec('a')],
    ['a symbol key', { [Symbol('k')]: 1 }],
    ['a symbol key of an array', Object.assign([1], { [Symbol('k')]: 1 })],
    ['a hidden member', Object.defineProperty({}, 'a', { value: 1 })],
    ['a setter', { set a(_: unknown) {} }],
    ['an object that contains itself', cyclicObject()],
    ['an array that contains itself', cyclicArray()],
    ['65 levels', nest(65)],
    ['100,000 levels', nest(100_000)],
  ])('%s', (_, value) => {
    expect(nameOf(value)).toBe('not-json');
    expect(nameOf([{ value }])).toBe('not-json');
  });

  it('undefined, which only a member may be', () => {
    expect([undefined, [undefined], { a: [undefined] }].map(nameOf)).toEqual(['not-json', 'not-json', 'not-json']);
    expect(nameOf(Object.defineProperty({}, 'a', { value: undefined }))).toBe('not-json');
  });

  it.each<readonly [unknown, string, RegExp]>([
    [() => 1, '', /function is not JSON\.$/],
    [
      { a: { 'b/c~': [0, new Date(0)] } },
      '/a/b~1c~0/1',
      /instance of a class is not JSON\. It is at \/a\/b~1c~0\/1\.$/,
    ],
    [{ list: [{ n: Number.NaN }] }, '/list/0/n', /It is at \/list\/0\/n\.$/],
    [{ text: ['\ud800'] }, '/text/0', /\/text\/0/],
    // The object that has the key: of the key itself there is no pointer that may be written.
    [{ a: { ['__proto__']: 1 } }, '/a', /"__proto__"/],
    [[cyclicObject()], `/0${'/self/object'.repeat(31)}/self`, /contains itself/],
    [nest(65), '/0'.repeat(64), /more than 64 levels/],
    [{ ['k'.repeat(500)]: { ['l'.repeat(500)]: 1n } }, `/${'k'.repeat(499)}`, /bigint/],
  ])('with the JSON Pointer of the value: case %#', (value, pointer, detail) => {
    expect(checkJson(value)).toMatchObject({ pointer, detail: expect.stringMatching(detail) });
  });

  it('with the pointer of the whole before it, and with none where that is not known', () => {
    expect(checkJson([1n], () => '/items')).toMatchObject({ pointer: '/items/0' });
    expect(checkJson([1n], () => undefined)).toEqual({
      name: 'not-json',
      detail: 'A value of type bigint is not JSON.',
    });
  });

  it('a getter, which is not run', () => {
    let runs = 0;
    const trap = { enumerable: true, get: () => (runs += 1) };
    for (const value of [{}, [0], Object.create(null)]) {
      expect(checkJson(Object.defineProperty(value, '0', trap))).toMatchObject({
        name: 'not-json',
        detail: expect.stringContaining('getter'),
      });
    }
    expect(runs).toBe(0);
  });

  it('nor is a getter behind what is refused already', () => {
    expect(nameOf([1n, Object.defineProperty({}, 'a', { enumerable: true, get: () => expect.fail() })])).toBe(
      'not-json',
    );
  });

  it.each([40, 63])('a bomb of %i levels ends', (levels) => {
    expect(checkJson(bomb(levels))).toMatchObject({ name: 'state-too-large', limit: 16_000_000 });
  });

  it('long strings in many places end', () => {
    const megabyte = 'x'.repeat(1_000_000);
    expect(nameOf(new Array(15).fill(megabyte))).toBeUndefined();
    expect(nameOf(new Array(1_000_000).fill(megabyte))).toBe('state-too-large');
  });

  it.each([
    [{ a: [Number.NaN] }, 'number-range'],
    [[Number.POSITIVE_INFINITY], 'number-range'],
    [Number.NEGATIVE_INFINITY, 'number-range'],
    ['\ud800', 'ill-formed-string'],
    [{ '\udc00': 1 }, 'ill-formed-string'],
    [{ ['k'.repeat(513)]: 1 }, 'key-too-long'],
    [{ ['__proto__']: null }, 'forbidden-key'],
    [{ constructor: 1 }, 'forbidden-key'],
    [[{ prototype: 1 }], 'forbidden-key'],
  ])('[J5] [J6] [J7] the rules of readJson hold: case %#', (value, name) => {
    expect(nameOf(value)).toBe(name);
  });

  it.each([
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
  ])('[D4] [J5] the detail names the number that code has made, and where it stands: %d', (value, text) => {
    expect(checkJson(value)).toEqual({ name: 'number-range', detail: `The value ${text} is not JSON.`, pointer: '' });
    expect(checkJson({ a: [0, value] }, () => '/b')).toEqual({
      name: 'number-range',
      detail: `The value ${text} is not JSON. It is at /b/a/1.`,
      pointer: '/b/a/1',
    });
  });

  it('anything at all gets an answer', () => {
    const seen = { json: 0, other: 0 };
    const anything = fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
      withUnicodeString: true,
    });
    holds(
      fc.property(anything, (value) => {
        const name = nameOf(value);
        seen[name === undefined ? 'json' : 'other'] += 1;
        if (name === undefined) expect(JSON.parse(JSON.stringify(value))).toEqual(plain(value));
      }),
    );
    expect(Math.min(seen.json, seen.other)).toBeGreaterThan(50);
  });
});

/** JSON has no -0, no null prototypes and no members that are undefined. */
const plain = (value: unknown): unknown => {
  if (value === 0) return 0;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(members.map(([key, each]) => [key, plain(each)]));
};

function argumentsObject(): unknown {
  // biome-ignore lint/complexity/noArguments: that is the case
  return arguments;
}

function deleted(): unknown {
  const array = [1, 2];
  delete array[0];
  return array;
}
