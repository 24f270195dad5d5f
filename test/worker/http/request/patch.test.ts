import { describe, expect, it } from 'vitest';
import { JSON_PATCH_TYPE } from '../../../../src/protocol/patch.ts';
import type { ProblemName } from '../../../../src/protocol/problems.ts';
import { Api, fresh, problemsIn } from '../../../support/api.ts';
import { expectRefused, nextOwner, ownDocument } from '../../../support/refusals.ts';

describe('[J9] [J11] patches that break the syntax', () => {
  const wrong: Record<string, unknown> = {
    'no array': { op: 'add', path: '/x', value: 1 },
    'a number': 1,
    null: null,
    'an operation that is a string': ['add'],
    'an operation that is null': [null],
    'an operation that is an array': [['add', '/x', 1]],
    'no op': [{ path: '/x', value: 1 }],
    'an unknown op': [{ op: 'increment', path: '/x', value: 1 }],
    'an op that is no text': [{ op: ['add'], path: '/x', value: 1 }],
    'an op in capitals': [{ op: 'ADD', path: '/x', value: 1 }],
    'the op __proto__': [{ op: '__proto__', path: '/x', value: 1 }],
    'the op toString': [{ op: 'toString', path: '/x', value: 1 }],
    'no path': [{ op: 'add', value: 1 }],
    'a path that is a number': [{ op: 'add', path: 1, value: 1 }],
    'a path that is an array': [{ op: 'add', path: ['x'], value: 1 }],
    'a path that is an array that prints as a pointer': [{ op: 'add', path: ['/x'], value: 1 }],
    'a path without a slash': [{ op: 'add', path: 'x', value: 1 }],
    'a path that is a URI fragment': [{ op: 'add', path: '#/x', value: 1 }],
    'a bad escape': [{ op: 'add', path: '/~2', value: 1 }],
    'an escape that is cut': [{ op: 'add', path: '/x~', value: 1 }],
    'add without value': [{ op: 'add', path: '/x' }],
    'replace without value': [{ op: 'replace', path: '/a' }],
    'test without value': [{ op: 'test', path: '/a' }],
    'move without from': [{ op: 'move', path: '/x' }],
    'copy from a number': [{ op: 'copy', from: 0, path: '/x' }],
    'copy from a bad pointer': [{ op: 'copy', from: 'a', path: '/x' }],
    'move into itself': [{ op: 'move', from: '/a', path: '/a/b' }],
  };
  it.each(Object.entries(wrong))('%s', (_, patch) =>
    expectRefused([422, 'invalid-patch'], (api) =>
      api.call('PUT', '/changes/c1/2', JSON.stringify(patch), { 'Content-Type': JSON_PATCH_TYPE }),
    ),
  );

  it('the second of two, which the answer points at', () =>
    expectRefused(
      [422, 'invalid-patch'],
      (api) =>
        api.call('POST', '/changes', [{ op: 'add', path: '/x', value: 1 }, { op: 'nope' }], {
          'Content-Type': JSON_PATCH_TYPE,
        }),
      { index: 1 },
    ));

  it('a pointer of 65 tokens', () =>
    expectRefused([422, 'too-deep'], (api) =>
      api.call('PUT', '/changes/c1/2', [{ op: 'test', path: '/a'.repeat(65), value: 1 }], {
        'Content-Type': JSON_PATCH_TYPE,
      }),
    ));

  it('501 operations', () =>
    expectRefused(
      [413, 'too-large'],
      (api) =>
        api.call(
          'PUT',
          '/changes/c1/2',
          Array.from({ length: 501 }, () => ({ op: 'test', path: '/a', value: 1 })),
          { 'Content-Type': JSON_PATCH_TYPE },
        ),
      { limit: 500 },
    ));
});

describe('[J7] [J9] [B1] patches that only fail when they are applied', () => {
  const places = [
    '1000000000',
    '4294967294',
    '4294967296',
    '99999999999999999999',
    '-1',
    '01',
    '1e0',
    '1.0',
    ' 1',
    'length',
  ];
  const add = (token: string): object => ({ op: 'add', path: `/list/${token}`, value: 9 });
  const bomb = Array.from({ length: 40 }, () => ({ op: 'copy', from: '', path: '/x' }));
  const hostile: [string, ProblemName, object[]][] = [
    ...places.map((token): [string, ProblemName, object[]] => [`add at ${token}`, 'change-failed', [add(token)]]),
    ...places.map((token): [string, ProblemName, object[]] => [
      `replace at ${token}`,
      'change-failed',
      [{ op: 'replace', path: `/list/${token}`, value: 9 }],
    ]),
    ['replace at -', 'change-failed', [{ op: 'replace', path: '/list/-', value: 9 }]],
    ['remove at -', 'change-failed', [{ op: 'remove', path: '/list/-' }]],
    ['inherited members', 'change-failed', [{ op: 'test', path: '/toString', value: null }]],
    ['a member of a method', 'change-failed', [{ op: 'add', path: '/list/push/x', value: 1 }]],
    ['a member of a text', 'change-failed', [{ op: 'copy', from: '/text/length', path: '/x' }]],
    ['a member of null', 'change-failed', [{ op: 'add', path: '/nothing/x', value: 1 }]],
    ['the second of two', 'change-failed', [{ op: 'add', path: '/x', value: 1 }, add('9')]],
    ['the whole state removed', 'change-failed', [{ op: 'remove', path: '' }]],
    ['the whole state moved into itself', 'invalid-patch', [{ op: 'move', from: '', path: '/x' }]],
    ['a state of 65 levels', 'too-deep', bomb.slice(0, 1).flatMap((copy) => Array.from({ length: 64 }, () => copy))],
  ];
  it.each(hostile)('%s', async (_, problem, patch) => {
    const api = new Api(fresh(nextOwner()));
    const state = { list: [1, 2], text: 'abc', nothing: null };
    await api.merge('c1', 1, state);
    await api.merge('c1', 2, { nothing: null });
    const before = (await api.state({ Prefer: 'drain' })).text;
    const bad = await api.push('c1', 3, 'patch', patch as any, { Prefer: 'wait=5' });
    expect(problemsIn(bad, 422, problem)).toEqual([]);
    expect(bad.body.seq).toBe(3);
    expect((await api.state()).text).toBe(before);
    expect((await api.merge('c1', 4, { right: true }, { Prefer: 'wait=5' })).body.status).toBe('applied');
  });

  it('a copy bomb ends with a rejection, and what stands behind it is applied', async () => {
    const api = await ownDocument();
    await api.merge('c1', 2, { seed: 'x'.repeat(100) });
    const copies = Array.from({ length: 40 }, (_, index) => ({ op: 'copy', from: '', path: `/c${index}` }));
    const bad = await api.push('c1', 3, 'patch', copies, { Prefer: 'wait=5' });
    const next = await api.merge('c1', 4, { right: true }, { Prefer: 'wait=5' });
    expect(bad.status).toBe(422);
    expect(
      ['state-too-large', 'too-much-work', 'too-deep'].map((name) => `urn:changebucket:problem:${name}`),
    ).toContain(bad.body.type);
    expect(next.body.status).toBe('applied');
    expect(await api.drained()).toEqual({ a: 1, seed: 'x'.repeat(100), right: true });
  });
});
