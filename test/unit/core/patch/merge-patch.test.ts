import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { document } from '../../../../src/applications/document.ts';
import { reduce } from '../../../../src/core/drain/reduce.ts';
import { applyMergePatch } from '../../../../src/core/patch/merge-patch.ts';
import type { Json, JsonObject } from '../../../../src/protocol/json.ts';
import { holds } from '../../../support/property.ts';
import { anyJson, anyState, clone, replayed, sizeProblem, textOf, treeOf } from '../model.ts';

const merged = (state: unknown, patch: unknown) => {
  const tree = treeOf(state);
  const before = textOf(tree);
  applyMergePatch(tree, clone(patch) as Json);
  const operations = tree.commit();
  expect(textOf(replayed(before, operations))).toBe(textOf(tree));
  expect(sizeProblem(tree)).toBeUndefined();
  return { state: tree.root, operations };
};

/** The pseudo code of RFC 7396, section 2, word for word. */
const mergeByTheBook = (target: Json | undefined, patch: Json): Json => {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: JsonObject =
    typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = mergeByTheBook(result[name], value);
  }
  return result;
};

describe('[Q9] the examples of RFC 7396, appendix A', () => {
  const examples: readonly (readonly [string, string, string])[] = [
    ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
    ['{"a":"b"}', '{"a":null}', '{}'],
    ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
    ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
    ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
    ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
    ['["a","b"]', '["c","d"]', '["c","d"]'],
    ['{"a":"b"}', '["c"]', '["c"]'],
    ['{"a":"foo"}', 'null', 'null'],
    ['{"a":"foo"}', '"bar"', '"bar"'],
    ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
    ['[1,2]', '{"a":"b","c":null}', '{"a":"b"}'],
    ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
  ];

  it.each(examples)('%s with %s is %s', (state, patch, expected) => {
    expect(JSON.stringify(merged(JSON.parse(state), JSON.parse(patch)).state)).toBe(expected);
  });

  it('are fifteen', () => expect(examples).toHaveLength(15));

  it('and the one of section 3', () => {
    const state = {
      title: 'Goodbye!',
      author: { givenName: 'John', familyName: 'Doe' },
      tags: ['example', 'sample'],
      content: 'This will be unchanged',
    };
    const patch = { title: 'Hello!', phoneNumber: '+01-123-456-7890', author: { familyName: null }, tags: ['example'] };
    expect(merged(state, patch).state).toEqual({
      title: 'Hello!',
      author: { givenName: 'John' },
      tags: ['example'],
      content: 'This will be unchanged',
      phoneNumber: '+01-123-456-7890',
    });
  });
});

describe('a merge patch', () => {
  it('[Q9] does what the pseudo code of RFC 7396 does, to the order of keys', () => {
    holds(
      fc.property(anyState, anyJson, (state, patch) => {
        expect(JSON.stringify(merged(state, patch).state)).toBe(JSON.stringify(mergeByTheBook(clone(state), patch)));
      }),
    );
  });

  it('[Q9] the same for patches that meet the state', () => {
    holds(
      fc.property(anyState, anyState, fc.array(fc.constantFrom('null', '"a"', '[]', '{}')), (state, other, values) => {
        let turn = 0;
        const patch = JSON.parse(
          JSON.stringify(mergeByTheBook(clone(state), other), (_, value) => {
            turn += 1;
            const replacement = turn % 3 === 0 ? values[turn % (values.length || 1)] : undefined;
            return replacement === undefined ? value : JSON.parse(replacement);
          }),
        ) as Json;
        expect(JSON.stringify(merged(state, patch).state)).toBe(JSON.stringify(mergeByTheBook(clone(state), patch)));
      }),
    );
  });

  it('[S4] writes down what it changes, and nothing else', () => {
    const { operations } = merged(
      { same: 1, list: [1], deep: { a: 1, b: 2 }, old: 1 },
      { same: 1, deep: { b: 3, c: { d: 1, e: null } }, old: null, nobody: null },
    );
    expect(operations).toEqual([
      '{"op":"replace","path":"/deep/b","value":3}',
      '{"op":"add","path":"/deep/c","value":{"d":1}}',
      '{"op":"remove","path":"/old"}',
    ]);
  });

  it.each<readonly [string, string, string]>([
    ['a key __proto__', '{"a":1,"__proto__":{"polluted":true}}', 'forbidden-key'],
    ['a nested key __proto__', '{"a":1,"o":{"__proto__":{"polluted":true}}}', 'forbidden-key'],
    ['a key constructor', '{"a":1,"constructor":{"prototype":1}}', 'forbidden-key'],
    ['an ill-formed key', '{"a":1,"\\ud800":1}', 'ill-formed-string'],
    ['too many levels', `{"a":1,"o":{"o":${'['.repeat(63)}${']'.repeat(63)}}}`, 'too-deep'],
  ])('[D4] %s is rejected as a whole', (_, patch, name) => {
    const tree = treeOf({ o: { o: 1 } });
    const [before, args] = [textOf(tree), JSON.parse(patch) as Json];
    const change = { seq: 1, client: 'c', n: 1, user: 'u', at: 0, name: 'merge', args };
    const result = reduce(tree, [change], { definition: document, epoch: 'e', version: 0, clock: () => 0 });
    expect(result).toMatchObject({ kind: 'rejected', problem: { name } });
    expect(textOf(tree)).toBe(before);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
