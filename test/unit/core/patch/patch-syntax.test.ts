import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkPatch } from '../../../../src/core/patch/patch-syntax.ts';
import type { Json } from '../../../../src/protocol/json.ts';
import { holds, hostileText } from '../../../support/property.ts';

const FINE = { op: 'remove', path: '/a' };

/** As it comes from the wire: own members only, also for `__proto__`. */
const fromText = (text: string): Json => JSON.parse(text) as Json;

describe('a JSON Patch (RFC 6902)', () => {
  it.each([
    { op: 'add', path: '', value: null },
    { op: 'add', path: '/a/-', value: [1] },
    { op: 'replace', path: '/a', value: false },
    { op: 'test', path: '/a~1b', value: { __proto: 0 } },
    { op: 'remove', path: '/' },
    { op: 'move', from: '/a', path: '/b' },
    { op: 'move', from: '/a', path: '/a' },
    { op: 'move', from: '/a', path: '/ab' },
    { op: 'move', from: '/a/b', path: '/a' },
    { op: 'move', from: '', path: '' },
    { op: 'copy', from: '/a', path: '/a/b' },
    { op: 'copy', from: '', path: '/a' },
  ] as Json[])('takes %j', (operation) => {
    expect(checkPatch([operation])).toEqual({ kind: 'patch', operations: [operation] });
  });

  it('may be empty', () => {
    expect(checkPatch([])).toEqual({ kind: 'patch', operations: [] });
  });

  it('[J9] ignores members that it does not know', () => {
    const operation = { op: 'add', path: '/a', value: 1, from: 7, xyz: 123, comment: {} };
    expect(checkPatch([operation])).toEqual({
      kind: 'patch',
      operations: [{ op: 'add', path: '/a', value: 1 }],
    });
  });

  it.each([null, true, 'add', 7, {}, { op: 'add', path: '', value: 1 }, { length: 1, 0: FINE }] as Json[])(
    '[J9] %j is not an array of operations',
    (value) => {
      expect(checkPatch(value)).toMatchObject({ kind: 'problem', problem: { name: 'invalid-patch' } });
    },
  );

  it.each([
    'null',
    '"remove"',
    '7',
    '[]',
    '[{"op":"remove","path":"/a"}]',
    '{}',
    '{"path":"/a"}',
    '{"op":"remove"}',
    '{"op":null,"path":"/a"}',
    '{"op":["remove"],"path":"/a"}',
    '{"op":"Remove","path":"/a"}',
    '{"op":"remove ","path":"/a"}',
    '{"op":"spam","path":"/a","value":1}',
    '{"op":"_get","path":"/a","value":1}',
    '{"op":"__proto__","path":"/a","value":1}',
    '{"op":"constructor","path":"/a","value":1}',
    '{"op":"toString","path":"/a","value":1}',
    '{"op":"hasOwnProperty","path":"/a","value":1}',
    '{"op":"","path":"/a"}',
    '{"op":"remove","path":null}',
    '{"op":"remove","path":7}',
    '{"op":"remove","path":["a"]}',
    '{"op":"remove","path":{"length":1}}',
    '{"op":"remove","path":["__proto__"]}',
    '{"op":"remove","path":"a"}',
    '{"op":"remove","path":"#/a"}',
    '{"op":"remove","path":"/~2"}',
    '{"op":"remove","path":"/a~"}',
    '{"op":"add","path":"/a"}',
    '{"op":"replace","path":"/a"}',
    '{"op":"test","path":"/a"}',
    '{"op":"add","path":"/a","Value":1}',
    '{"op":"copy","path":"/a"}',
    '{"op":"move","path":"/a"}',
    '{"op":"copy","path":"/a","from":null}',
    '{"op":"copy","path":"/a","from":["b"]}',
    '{"op":"copy","path":"/a","from":"b"}',
    '{"op":"copy","path":"/a","from":"/~"}',
    '{"op":"move","from":"/a","path":"/a/b"}',
    '{"op":"move","from":"/a","path":"/a/"}',
    '{"op":"move","from":"","path":"/a"}',
    '{"op":"move","from":"/a~1b","path":"/a~1b/c"}',
  ])('[J9] %s is refused, with its place', (text) => {
    expect(checkPatch([FINE, FINE, fromText(text), FINE])).toMatchObject({
      kind: 'problem',
      problem: { name: 'invalid-patch', index: 2 },
    });
  });

  it.each([
    '{"op":"add","path":"/__proto__/polluted","value":1}',
    '{"op":"add","path":"/constructor/prototype/polluted","value":1}',
    '{"op":"copy","from":"/__proto__","path":"/a"}',
    '{"op":"move","from":"/a","path":"/b/prototype"}',
  ])('[J7] %s is refused', (text) => {
    expect(checkPatch([FINE, fromText(text)])).toMatchObject({
      problem: { name: 'forbidden-key', index: 1 },
    });
  });

  it('[J4] [J6] the bounds of keys hold for pointers', () => {
    const patch = (path: string): Json => [{ op: 'remove', path }];
    expect(checkPatch(patch('/a'.repeat(65)))).toMatchObject({
      problem: { name: 'too-deep', limit: 64, index: 0 },
    });
    expect(checkPatch(patch(`/${'k'.repeat(513)}`))).toMatchObject({
      problem: { name: 'key-too-long', index: 0 },
    });
  });

  it('[B1] more than 500 operations are refused', () => {
    expect(checkPatch(new Array(500).fill(FINE))).toMatchObject({ kind: 'patch' });
    expect(checkPatch(new Array(501).fill(FINE))).toMatchObject({
      problem: { name: 'too-large', limit: 500, size: 501 },
    });
  });

  it('[J9] an inherited member is none', () => {
    const inherited = Object.create({ op: 'add', path: '/a', value: 1 }) as Json;
    expect(checkPatch([inherited])).toMatchObject({ problem: { name: 'invalid-patch', index: 0 } });
  });

  it('gets an answer whatever it is', () => {
    const seen = { patch: 0, problem: 0 };
    const pointer = fc.oneof(hostileText('/~01a'), fc.constantFrom('', '/a', '/a/b', '/a/-'));
    const operation = fc.record(
      {
        op: fc.oneof(fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'spam'), fc.jsonValue()),
        path: fc.oneof({ arbitrary: pointer, weight: 5 }, { arbitrary: fc.jsonValue(), weight: 1 }),
        from: pointer,
        value: fc.jsonValue(),
      },
      { requiredKeys: ['op', 'path'] },
    );
    holds(
      fc.property(fc.oneof(fc.array(operation, { maxLength: 3 }), fc.jsonValue()), (value) => {
        seen[checkPatch(value as Json).kind] += 1;
      }),
    );
    expect(Math.min(seen.patch, seen.problem)).toBeGreaterThan(50);
  });
});

describe('the official test suite', () => {
  const suite = async (
    name: string,
  ): Promise<{ patch?: Json; error?: string; comment?: string; disabled?: boolean }[]> =>
    (await import(`json-patch-test-suite/${name}.json`, { with: { type: 'json' } })).default;

  it.each(['tests', 'spec_tests'])('%s: whatever can be applied passes', async (name) => {
    const cases = (await suite(name)).filter(
      ({ disabled, error, patch }) => !disabled && !error && patch !== undefined,
    );
    expect(cases.length).toBeGreaterThan(10);
    for (const { patch, comment } of cases)
      expect({ comment, kind: checkPatch(patch as Json).kind }).toEqual({ comment, kind: 'patch' });
  });
});
