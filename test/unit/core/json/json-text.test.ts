import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJson } from '../../../../src/core/json/json-text.ts';
import { holds, hostileText } from '../../../support/property.ts';

const nest = (levels: number, open = '[', close = ']'): string => open.repeat(levels) + close.repeat(levels);

/** The problem's name, or what was read. */
const read = (text: string): unknown => {
  const result = readJson(text);
  return result.kind === 'problem' ? { refused: result.problem.name } : { value: result.value };
};

describe('readJson takes JSON', () => {
  it.each([
    ['null', null],
    [' \t\r\n true \n', true],
    ['-0.5e-3', -0.0005],
    ['""', ''],
    ['"\\ud83d\\ude00"', '😀'],
    ['"\u2028\u007f"', '\u2028\u007f'],
    ['{"":{"a b":[1,2,{}]}}', { '': { 'a b': [1, 2, {}] } }],
    ['{"proto":1,"__proto":2,"Constructor":3}', { proto: 1, __proto: 2, Constructor: 3 }],
    ['"__proto__"', '__proto__'],
    ['5e-324', 5e-324],
    ['1e-400', 0],
    ['1.7976931348623157e308', Number.MAX_VALUE],
  ])('%s', (text, value) => {
    expect(read(text)).toEqual({ value });
  });

  it('[J5] integers beyond 2^53 take double precision', () => {
    expect(read('9007199254740993')).toEqual({ value: 9007199254740992 });
  });

  it('[J8] of two members with one name the last wins', () => {
    expect(read('{"a":1,"b":2,"a":3}')).toEqual({ value: { a: 3, b: 2 } });
  });
});

describe('[J1] malformed JSON is refused', () => {
  it.each([
    '',
    ' ',
    '\n\n',
    '\ufeff{}',
    '{} {}',
    '{}x',
    '1 2',
    '{}\0',
    '\0',
    'NaN',
    '[NaN]',
    'Infinity',
    '-Infinity',
    'undefined',
    'nul',
    'TRUE',
    "'a'",
    '{a:1}',
    "{'a':1}",
    '[1,]',
    '{"a":1,}',
    '[,1]',
    '01',
    '+1',
    '.5',
    '1.',
    '0x10',
    '1e',
    '-',
    '1_000',
    '1n',
    '"\t"',
    '"\n"',
    '"a',
    '"\\',
    '"\\"',
    '"\\x41"',
    '"\\u12"',
    '[',
    ']',
    '{',
    '[}',
    '{]',
    '[1',
    '{"a"',
    '{"a":',
    '{"a":1',
    '//c\n1',
    '/*c*/1',
    '\u00a01',
    '\u2028',
    '\\"[[[[',
    'ś'.repeat(80),
    'Żţ'.repeat(40),
    `${']'.repeat(80)}${'['.repeat(80)}`,
  ])('%j', (text) => {
    expect(read(text)).toEqual({ refused: 'malformed-json' });
  });

  it('and a byte order mark and an empty text are named', () => {
    expect(readJson('\ufeff1')).toMatchObject({
      problem: { detail: expect.stringContaining('byte order mark') },
    });
    expect(readJson('')).toMatchObject({ problem: { detail: expect.stringContaining('empty') } });
  });
});

describe('[J4] more than 64 levels are refused', () => {
  const limit = { kind: 'problem', problem: { name: 'too-deep', limit: 64 } };

  it.each([
    ['arrays', nest(64), nest(65)],
    ['objects', nest(64, '{"a":', '}').replace(':}', ':1}'), nest(65, '{"a":', '}').replace(':}', ':1}')],
    ['both', nest(32, '[{"a":', '}]').replace(':}', ':1}'), `[${nest(32, '[{"a":', '}]').replace(':}', ':1}')}]`],
    ['behind a string of escapes', `["\\\\\\"[",${nest(63)}]`, `["\\\\\\"[",${nest(64)}]`],
    ['behind an empty string', `["",${nest(63)}]`, `["",${nest(64)}]`],
    ['behind siblings', `[${nest(63)},${nest(63)}]`, `[${nest(63)},${nest(64)}]`],
  ])('%s: 64 pass, 65 do not', (_, allowed, refused) => {
    expect(readJson(allowed).kind).toBe('json');
    expect(readJson(refused)).toMatchObject(limit);
  });

  it.each([
    ['10,000 levels', nest(10_000)],
    ['1,000,000 levels', nest(1_000_000)],
    ['unclosed arrays', '['.repeat(65)],
    ['unclosed objects', '{"a":'.repeat(65)],
    ['unclosed, behind JSON', `{}${'['.repeat(65)}`],
    ['after a string that ends in an escaped backslash', `["\\\\",${nest(64)}]`],
    ['10 MB of "["', '['.repeat(10_000_000)],
    ['10 MB of "[" and "]"', nest(5_000_000)],
  ])('%s', (_, text) => {
    expect(readJson(text)).toMatchObject(limit);
  });

  it.each([
    ['brackets in a string', JSON.stringify(nest(1_000))],
    ['brackets in a key', JSON.stringify({ ['{['.repeat(100)]: 1 })],
    ['brackets after an escaped quote', JSON.stringify(`"${'['.repeat(100)}\\"${'{'.repeat(100)}`)],
    ['brackets after many backslashes', JSON.stringify(`${'\\'.repeat(1_001)}"${'['.repeat(100)}`)],
    ['many siblings', `[${'[],'.repeat(10_000)}{}]`],
  ])('%s do not count', (_, text) => {
    expect(read(text)).toEqual({ value: JSON.parse(text) });
  });

  it('10 MB of quotes, of backslashes and of escaped quotes end', () => {
    expect(read('"'.repeat(10_000_000))).toEqual({ refused: 'malformed-json' });
    expect(read(`"${'\\'.repeat(10_000_000)}"`)).toEqual({ value: '\\'.repeat(5_000_000) });
    expect(read(`"${'\\"'.repeat(5_000_000)}"`)).toEqual({ value: '"'.repeat(5_000_000) });
  });
});

describe('readJson refuses what could not be kept', () => {
  it.each(['1e400', '-1e400', '[0,[1e309]]', '{"a":{"b":-1e999}}', '9'.repeat(400)])(
    '[J5] a number out of range: %s',
    (text) => {
      expect(read(text)).toEqual({ refused: 'number-range' });
    },
  );

  it.each([
    ['"\\ud800"'],
    ['"\\udc00"'],
    ['"\\ud800\\ud800"'],
    ['"\\udc00\\ud800"'],
    ['["a","\\uDFFF"]'],
    ['{"\\ud800":1}'],
    ['{"a":{"b\\udc00":1}}'],
    ['"\ud800"'],
    ['{"a":"x\udfff"}'],
  ])('[J6] half a surrogate pair: %j', (text) => {
    expect(read(text)).toEqual({ refused: 'ill-formed-string' });
  });

  it('[J6] a key over 512 UTF-16 units', () => {
    expect(read(JSON.stringify({ ['k'.repeat(512)]: 1 }))).toEqual({ value: { ['k'.repeat(512)]: 1 } });
    expect(readJson(JSON.stringify([{ ['k'.repeat(513)]: 1 }]))).toMatchObject({
      problem: { name: 'key-too-long', limit: 512, size: 513 },
    });
    expect(read(JSON.stringify({ ['😀'.repeat(257)]: 1 }))).toEqual({ refused: 'key-too-long' });
  });

  it.each([
    '{"__proto__":1}',
    '{"__proto__":{"isAdmin":true}}',
    '{"constructor":{"prototype":{}}}',
    '{"prototype":null}',
    '[[{"a":{"__proto__":[]}}]]',
    '{"\\u005f_proto__":1}',
    '{"constr\\u0075ctor":1}',
    '{"a":1,"__proto__":2,"__proto__":3}',
  ])('[J7] a forbidden key: %s', (text) => {
    expect(read(text)).toEqual({ refused: 'forbidden-key' });
  });

  it.each([
    ['{"constructor":1}', '/constructor'],
    ['{"a":[1,{"b/c":{"constructor":{}}}]}', '/a/1/b~1c/constructor'],
    ['[[{"a":{"__proto__":[]}}]]', '/0/0/a/__proto__'],
  ])('[J7] the refusal of %s names the pointer %s', (text, pointer) => {
    const result = readJson(text);
    expect(result.kind === 'problem' && result.problem.detail).toContain(`It stands at ${pointer}. Code that merges`);
  });

  it('and leaves every prototype as it was', () => {
    readJson('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');
    expect('polluted' in {}).toBe(false);
  });

  it('[E1] with a detail that echoes no more than a few characters', () => {
    const secret = 'Secret'.repeat(1_000);
    for (const text of [secret, `"${secret}`, `{"${secret}":1}`, `[${secret}]`, `{"a":"${secret}"\ud800`]) {
      const result = readJson(text);
      if (result.kind !== 'problem') throw new Error(`accepted: ${text.slice(0, 20)}`);
      expect(result.problem.detail).not.toContain('Secret'.repeat(10));
      expect(result.problem.detail.isWellFormed()).toBe(true);
    }
  });
});

describe('readJson agrees with JSON.parse', () => {
  const parseOrThrow = (text: string): unknown => JSON.parse(text);

  it('on random JSON', () => {
    const allowed = fc.jsonValue({ stringUnit: 'grapheme' }).filter((value) => !hasForbiddenKey(value));
    holds(
      fc.property(allowed, fc.nat(4), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(read(text)).toEqual({ value: parseOrThrow(text) });
      }),
    );
  });

  it('[J1] on random JSON with one character changed', () => {
    const seen = { json: 0, problem: 0 };
    const edit = fc.tuple(fc.nat(), fc.nat(2), fc.constantFrom(...'[]{}",:\\u0eE+-. \ufeff\0'));
    holds(
      fc.property(fc.json(), edit, (text, [where, removed, added]) => {
        const at = where % (text.length + 1);
        const edited = text.slice(0, at) + added + text.slice(at + removed);
        const result = readJson(edited);
        seen[result.kind] += 1;
        if (result.kind === 'json') expect(result.value).toEqual(parseOrThrow(edited));
        else if (result.problem.name === 'malformed-json') expect(() => parseOrThrow(edited)).toThrow(SyntaxError);
        else expect(['forbidden-key', 'ill-formed-string', 'number-range']).toContain(result.problem.name);
      }),
    );
    expect(Math.min(seen.json, seen.problem)).toBeGreaterThan(50);
  });

  it('[J4] on how deep a text is', () => {
    const seen = { json: 0, problem: 0 };
    const level = fc.constantFrom<[string, string]>(
      ['[', ']'],
      ['["[\\"",', ']'],
      ['{"\\\\":', '}'],
      ['{"}":[],"b":', '}'],
    );
    holds(
      fc.property(fc.array(level, { minLength: 40, maxLength: 90, size: 'max' }), (levels) => {
        const text = `${levels.map(([open]) => open).join('')}1${levels
          .map(([, close]) => close)
          .reverse()
          .join('')}`;
        const deep = depthOf(parseOrThrow(text)) > 64;
        const result = readJson(text);
        seen[result.kind] += 1;
        expect(result.kind === 'problem' ? result.problem.name : 'json').toBe(deep ? 'too-deep' : 'json');
      }),
    );
    expect(Math.min(seen.json, seen.problem)).toBeGreaterThan(50);
  });

  it('and never throws', () => {
    holds(
      fc.property(hostileText('[]{}",:\\u0dDe+-.1 \ufeff\ud800'), (text) => {
        expect(['json', 'problem']).toContain(readJson(text).kind);
      }),
    );
  });
});

const children = (value: unknown): unknown[] =>
  typeof value === 'object' && value !== null ? Object.values(value) : [];

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...children(value).map(depthOf)) : 0;

const hasForbiddenKey = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (['__proto__', 'constructor', 'prototype'].some((key) => Object.hasOwn(value, key)) ||
    children(value).some(hasForbiddenKey));
