import { describe, expect, it } from 'vitest';
import { DEPTH_MAX, KEY_LENGTH_MAX } from '../../../../src/protocol/limits.ts';
import { JSON_PATCH_TYPE } from '../../../../src/protocol/patch.ts';
import { problemsIn } from '../../../support/api.ts';
import { batchRoute, changeRoute, JSON_ROUTES, onEach, PUSH_ROUTES, sendTo } from '../../../support/json-routes.ts';
import { expectRefused, ownDocument, send } from '../../../support/refusals.ts';

describe('[J1] [J11] text that is not JSON', () => {
  const right = '{"name":"merge","args":{"x":1}}';
  const broken = {
    nothing: '',
    'white space only': ' \n\t',
    'a cut object': '{"name":"merge"',
    'a cut string': '{"name":"mer',
    'a cut literal': 'tru',
    'a byte after the end': `${right}x`,
    'a bracket after the end': `${right}]`,
    'two values': `${right}${right}`,
    'NUL after the end': `${right}\u0000`,
    'a byte order mark': `\ufeff${right}`,
    'a comment': `${right} // so`,
    'a comma too many': '{"name":"merge",}',
    'a missing colon': '{"name" "merge"}',
    'single quotes': "{'name':'merge'}",
    'a key without quotes': '{name:"merge"}',
    'a line feed in a string': '{"name":"mer\nge"}',
    'a wrong escape': '{"name":"\\x"}',
    'a cut escape': '{"name":"\\u12"}',
    'a no-break space': `\u00a0${right}`,
  };
  it.each(onEach(broken))('%s', (_, route, text) =>
    expectRefused([400, 'malformed-json'], (api) => sendTo(api, route, text)),
  );

  const values = {
    NaN: 'NaN',
    Infinity: '-Infinity',
    undefined: 'undefined',
    'a leading zero': '01',
    'a plus': '+1',
    'no digit after the point': '1.',
    'no digit before the point': '.5',
    hexadecimal: '0x10',
    'a BigInt': '1n',
  };
  it.each(onEach(values))('%s', (_, route, value) =>
    expectRefused([400, 'malformed-json'], (api) => sendTo(api, route, route.wrap(value))),
  );
});

describe('[J4] [J11] depth', () => {
  const arrays = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  const objects = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
  const deep = {
    '10,000 arrays': arrays(10_000),
    '10,000 objects': objects(10_000),
    '100,000 arrays': arrays(100_000),
    '100,000 open arrays': '['.repeat(100_000),
    '40,000 open objects': '{"a":'.repeat(40_000),
    'arrays and objects by turns': `${'[{"a":'.repeat(5_000)}1${'}]'.repeat(5_000)}`,
    'behind a long string': `["${'['.repeat(1_000)}\\"",${arrays(1_000)}]`,
  };
  it.each(onEach(deep))('%s', (_, route, value) =>
    expectRefused([422, 'too-deep'], (api) => sendTo(api, route, route.wrap(value)), { limit: DEPTH_MAX }),
  );

  it('100,000 objects in a batch', () =>
    expectRefused([422, 'too-deep'], (api) => sendTo(api, batchRoute, batchRoute.wrap(objects(100_000)))));

  it.each(onEach({ '65 levels': null }))('%s', (_, route) =>
    expectRefused([422, 'too-deep'], (api) => sendTo(api, route, route.wrap(objects(DEPTH_MAX + 1 - route.levels)))),
  );

  it.each(onEach({ '64 levels are taken': null }, PUSH_ROUTES))('%s', async (_, route) => {
    const api = await ownDocument();
    const value = objects(DEPTH_MAX - route.levels);
    expect((await sendTo(api, route, route.wrap(value))).status).toBe(202);
    const state = JSON.stringify(await api.drained());
    expect(state).toContain(value.slice(1, -1));
  });

  it('brackets in strings do not count', async () => {
    const api = await ownDocument();
    const text = `${'[{'.repeat(1_000)}"\\`;
    expect((await api.merge('c1', 2, { text })).status).toBe(202);
    expect(await api.drained()).toEqual({ a: 1, text });
  });
});

describe('[J5] [J11] numbers', () => {
  const huge = {
    '1e400': '1e400',
    '-1e400': '{"x":-1e400}',
    'deep inside': '[[{"x":[1,1e309]}]]',
    '400 digits': '9'.repeat(400),
    'an exponent of 20 digits': '1e99999999999999999999',
  };
  it.each(onEach(huge))('%s', (_, route, value) =>
    expectRefused([422, 'number-range'], (api) => sendTo(api, route, route.wrap(value))),
  );

  it('integers beyond 2^53 take double precision, and what is too small is zero', async () => {
    const api = await ownDocument();
    const args = '{"big":9007199254740993,"small":1e-400,"minus":-0,"most":1.7976931348623157e308}';
    expect((await sendTo(api, changeRoute, changeRoute.wrap(args))).status).toBe(202);
    const state = { a: 1, big: 9007199254740992, small: 0, minus: 0, most: Number.MAX_VALUE };
    expect((await api.state({ Prefer: 'drain' })).text).toBe(JSON.stringify(state));
  });
});

describe('[J6] [J11] strings and keys', () => {
  const illFormed = {
    'a high surrogate': '{"x":"\\ud83d"}',
    'a low surrogate': '{"x":"\\ude00"}',
    'a pair the wrong way round': '{"x":"\\ude00\\ud83d"}',
    'in a key': '{"\\ud83d":1}',
    'in a key deep inside': '{"x":[{"y":{"a\\ud83db":1}}]}',
    'in an array': '[1,["\\udfff"]]',
  };
  it.each(onEach(illFormed))('%s', (_, route, value) =>
    expectRefused([422, 'ill-formed-string'], (api) => sendTo(api, route, route.wrap(value))),
  );

  const key = (length: number): string => JSON.stringify({ x: { ['k'.repeat(length)]: 1 } });
  it.each(onEach({ 'a key of 513': key(KEY_LENGTH_MAX + 1), 'a key of 200,000': key(200_000) }))(
    '%s',
    (_, route, value) =>
      expectRefused([422, 'key-too-long'], (api) => sendTo(api, route, route.wrap(value)), { limit: KEY_LENGTH_MAX }),
  );

  it('a key of 512 and pairs of surrogates are taken', async () => {
    const api = await ownDocument();
    const args = `{"${'k'.repeat(512)}":"\\ud83d\\ude00","\\ud83d\\ude00":"\\u0000\\u2028"}`;
    expect((await sendTo(api, changeRoute, changeRoute.wrap(args))).status).toBe(202);
    expect(await api.drained()).toEqual({
      a: 1,
      ['k'.repeat(512)]: '\u{1f600}',
      '\u{1f600}': '\u0000\u2028',
    });
  });
});

describe('[J7] [J11] keys that reach a prototype', () => {
  const names = ['__proto__', 'constructor', 'prototype', '\\u005f_proto__'];
  const forbidden = Object.fromEntries(
    names.flatMap((name): [string, string][] => [
      [name, `{"${name}":{"polluted":true}}`],
      [`${name} deep inside`, `{"x":[[{"y":{"${name}":null}}]]}`],
      [`${name} as the last of many`, `{"x":1,"y":[],"z":{},"${name}":1}`],
    ]),
  );
  it.each(onEach(forbidden))('%s', async (_, route, value) => {
    await expectRefused([422, 'forbidden-key'], (api) => sendTo(api, route, route.wrap(value)));
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it.each(JSON_ROUTES.filter(({ levels }) => levels > 0))('beside the members of $name', (route) =>
    expectRefused([422, 'forbidden-key'], (api) =>
      sendTo(api, route, route.wrap('1').replace('{', '{"__proto__":{"atomic":true},')),
    ),
  );

  const operations = names.slice(0, 3).flatMap((name): [string, object][] => [
    [`${name} in a path`, { op: 'add', path: `/${name}/polluted`, value: true }],
    [`${name} at the end of a path`, { op: 'replace', path: `/a/${name}`, value: {} }],
    [`${name} in from`, { op: 'copy', from: `/${name}/toString`, path: '/x' }],
    [`${name} in a test`, { op: 'test', path: `/a/b/${name}`, value: null }],
  ]);
  it.each(operations)('%s', async (_, operation) => {
    await expectRefused([422, 'forbidden-key'], (api) =>
      api.call('PUT', '/changes/c1/2', [operation], { 'Content-Type': JSON_PATCH_TYPE }),
    );
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('as a value they are words like others', async () => {
    const api = await ownDocument();
    expect((await api.merge('c1', 2, { words: names })).status).toBe(202);
    expect((await api.drained()).words).toEqual(names);
  });

  it.each(['constructor', 'toString', 'hasOwnProperty', 'valueOf'])('%s is no change', async (name) => {
    const api = await ownDocument();
    const answer = await api.push('c1', 2, name, {}, { Prefer: 'wait=5' });
    expect(problemsIn(answer, 422, 'unknown-change')).toEqual([]);
    expect(await api.drained()).toEqual({ a: 1 });
  });
});

describe('[J8] members with one name', () => {
  it.each([
    ['in the args', '{"name":"merge","args":{"x":1,"y":1,"x":2}}', { a: 1, x: 2, y: 1 }],
    ['the name', '{"name":"nonsense","args":{"x":1},"name":"merge"}', { a: 1, x: 1 }],
    ['the args', '{"args":{"x":1},"name":"merge","args":{"y":1}}', { a: 1, y: 1 }],
    ['spelt in two ways', '{"name":"merge","args":{"x":1,"\\u0078":3}}', { a: 1, x: 3 }],
  ])('%s: the last wins', async (_, text, state) => {
    const api = await ownDocument();
    expect((await sendTo(api, changeRoute, text)).body.seq).toBe(2);
    expect(await api.drained()).toEqual(state);
  });

  it('the last wins in an operation of a patch', async () => {
    const api = await ownDocument();
    const patch = '[{"op":"remove","path":"/nope","op":"add","path":"/x","value":1,"value":2}]';
    await send(api, 'PUT', '/changes/c1/2', patch, { 'Content-Type': JSON_PATCH_TYPE });
    expect(await api.drained()).toEqual({ a: 1, x: 2 });
  });
});
