import { describe, expect, it } from 'vitest';
import {
  BATCH_BYTES_MAX,
  BATCH_CHANGES_MAX,
  CHANGE_BYTES_MAX,
  DEPTH_MAX,
  IMPORT_BYTES_MAX,
  KEY_LENGTH_MAX,
} from '../../src/protocol/limits.ts';
import { JSON_PATCH_TYPE, MERGE_PATCH_TYPE } from '../../src/protocol/patch.ts';
import type { ProblemName } from '../../src/protocol/problems.ts';
import { routes } from '../../src/server/http/routes.ts';
import { type Answer, Api, bearer, fresh, type Headings, problemTrouble, request } from '../support/api.ts';

// Everything the world may send that is wrong. Each is refused with its own problem and leaves no trace [J11].

type Refusal = readonly [status: number, name: ProblemName];

/** Sends bytes or a stream as they are; nothing is added but the token of the owner. */
const send = async (
  { path }: Api,
  method: string,
  rest: string,
  body: BodyInit | null = null,
  headers: Headings = {},
): Promise<Answer> => {
  const authorization = await bearer(path.split('/')[3] as string);
  return request(path + rest, { method, body, headers: { ...authorization, ...headers } });
};

let owners = 0;

/** An application with one change of one client in it. Each has an owner of its own: requests are limited per subject. */
const prepared = async (): Promise<Api> => {
  owners += 1;
  const api = new Api(fresh(`owner-${owners}`));
  await api.merge('c1', 1, { a: 1 }, { Prefer: 'wait=5' });
  return api;
};

/** Whatever a request could have moved. */
const traces = async (api: Api): Promise<unknown> => {
  const { text, headers } = await api.state({ Prefer: 'drain' });
  const standing = ['ETag', 'Changebucket-Version', 'Changebucket-Head', 'Changebucket-Queue'];
  const log = await api.call('GET', '/log');
  const rejections = await api.call('GET', '/rejections');
  return [text, standing.map((name) => headers.get(name)), log.text, rejections.text];
};

/** The request is refused like this, nothing has changed, and n = 2 is free for the change that should have come. */
const expectRefused = async (
  [status, name]: Refusal,
  bad: (api: Api) => Promise<Answer>,
  cure: object = {},
): Promise<void> => {
  const api = await prepared();
  const before = await traces(api);
  const answer = await bad(api);
  expect(problemTrouble(answer, status, name)).toEqual([]);
  expect(answer.body).toMatchObject(cure);
  expect(await traces(api)).toEqual(before);
  const right = await api.merge('c1', 2, { right: true }, { Prefer: 'wait=5' });
  expect([right.status, right.body.seq, right.body.status]).toEqual([200, 2, 'applied']);
  expect(await api.drained()).toEqual({ a: 1, right: true });
};

const JSON_HEADER = { 'Content-Type': 'application/json' };

/** A way into the application for a JSON body; `wrap` puts a value where it is deepest. */
interface Door {
  readonly name: string;
  readonly method: string;
  readonly rest: string;
  readonly type: string;
  readonly wrap: (value: string) => string;
  /** Levels that `wrap` adds. */
  readonly levels: number;
}

const doors: readonly Door[] = [
  {
    ...{ name: 'a named change', method: 'PUT', rest: '/changes/c1/2', type: 'application/json', levels: 1 },
    wrap: (value) => `{"name":"merge","args":${value}}`,
  },
  {
    ...{ name: 'a change without a client', method: 'POST', rest: '/changes', type: 'application/json', levels: 1 },
    wrap: (value) => `{"name":"merge","args":${value}}`,
  },
  {
    ...{ name: 'a batch', method: 'PUT', rest: '/changes/c1', type: 'application/json', levels: 3 },
    wrap: (value) => `{"n":2,"changes":[{"name":"merge"},{"name":"merge","args":${value}}]}`,
  },
  {
    ...{ name: 'a merge patch', method: 'PUT', rest: '/changes/c1/2', type: MERGE_PATCH_TYPE, levels: 0 },
    wrap: (value) => value,
  },
  {
    ...{ name: 'a JSON patch', method: 'PUT', rest: '/changes/c1/2', type: JSON_PATCH_TYPE, levels: 2 },
    wrap: (value) => `[{"op":"add","path":"/x","value":${value}}]`,
  },
  {
    ...{ name: 'a creation', method: 'PUT', rest: '', type: 'application/json', levels: 1 },
    wrap: (value) => `{"kind":${value}}`,
  },
];

const [putDoor, , batchDoor] = doors as readonly [Door, Door, Door];

/** The doors that queue something when all is well. */
const pushDoors = doors.slice(0, 5);

const through = (api: Api, { method, rest, type }: Door, body: BodyInit): Promise<Answer> =>
  send(api, method, rest, body, { 'Content-Type': type });

/** Every case through every door. */
const everywhere = <T>(
  cases: Readonly<Record<string, T>>,
  where: readonly Door[] = doors,
): [name: string, door: Door, value: T][] =>
  where.flatMap((door) =>
    Object.entries(cases).map(([name, value]): [string, Door, T] => [`${door.name}: ${name}`, door, value]),
  );

const bytes = (...values: (string | number)[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array(values.flatMap((each) => (typeof each === 'number' ? [each] : [...new TextEncoder().encode(each)])));

/** A body that announces no length. */
const chunked = (text: string, size = 10_000): ReadableStream => {
  const all = bytes(text);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= all.length) return controller.close();
      controller.enqueue(all.slice(at, at + size));
      at += size;
    },
  });
};

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
  it.each(everywhere(broken))('%s', (_, door, text) =>
    expectRefused([400, 'malformed-json'], (api) => through(api, door, text)),
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
  it.each(everywhere(values))('%s', (_, door, value) =>
    expectRefused([400, 'malformed-json'], (api) => through(api, door, door.wrap(value))),
  );
});

describe('[J1] [J11] bytes that are not UTF-8', () => {
  const wrong: Record<string, number[]> = {
    'a byte that never occurs': [0xff],
    'a continuation alone': [0x80],
    'an overlong slash': [0xc0, 0xaf],
    'an overlong NUL': [0xe0, 0x80, 0x80],
    'a four byte overlong': [0xf0, 0x80, 0x80, 0xaf],
    'a surrogate': [0xed, 0xa0, 0x80],
    'beyond U+10FFFF': [0xf4, 0x90, 0x80, 0x80],
    'a cut character': [0xe2, 0x82],
    'Latin-1': [0xe9],
  };
  it.each(everywhere(wrong))('%s', (_, door, codes) => {
    const [before = '', after = ''] = door.wrap('"%"').split('%');
    return expectRefused([400, 'invalid-utf8'], (api) => through(api, door, bytes(before, ...codes, after)));
  });

  it('UTF-16', () =>
    expectRefused([400, 'invalid-utf8'], (api) => through(api, putDoor, bytes(0xff, 0xfe, '{', 0, '}', 0))));
});

describe('[J2] [J11] content types and codings', () => {
  const types = {
    'text/plain': 'text/plain',
    'the type as a parameter': 'text/plain; x=application/json',
    'a form': 'application/x-www-form-urlencoded',
    'another JSON type': 'application/ld+json',
    'a longer name': 'application/jsonx',
    'two types': 'application/json, text/plain',
    'two types, the other way': 'text/plain, application/json',
    'a type in quotes': '"application/json"',
    'a wildcard': 'application/*',
    'another charset': 'application/json; charset=latin1',
    'two charsets': 'application/json; charset=utf-8; charset=utf-16',
    'an empty charset': 'application/json; charset=',
    'a parameter that does not parse': 'application/json; ;=',
    'an empty type': '',
  };
  it.each(everywhere(types))('%s', (_, door, type) =>
    expectRefused([415, 'unsupported-media-type'], (api) =>
      send(api, door.method, door.rest, bytes(door.wrap('{"x":1}')), { 'Content-Type': type }),
    ),
  );

  it.each(everywhere({ 'no type': null }))('%s', (_, door) =>
    expectRefused([415, 'unsupported-media-type'], (api) =>
      send(api, door.method, door.rest, bytes(door.wrap('{"x":1}'))),
    ),
  );

  const codings = { gzip: 'gzip', br: 'br', 'gzip twice': 'gzip, gzip', 'an unknown coding': 'rot13' };
  it.each(everywhere(codings))('%s', (_, door, coding) =>
    expectRefused([415, 'unsupported-media-type'], (api) =>
      send(api, door.method, door.rest, bytes(door.wrap('{"x":1}')), {
        'Content-Type': door.type,
        'Content-Encoding': coding,
      }),
    ),
  );

  it.each([
    ['a patch as a batch', 'PUT', '/changes/c1', MERGE_PATCH_TYPE],
    ['a patch as a creation', 'PUT', '', JSON_PATCH_TYPE],
    ['JSON as a backup', 'PUT', '/import', 'application/json'],
  ])('%s', (_, method, rest, type) =>
    expectRefused([415, 'unsupported-media-type'], (api) =>
      send(api, method, rest, bytes('{"x":1}'), { 'Content-Type': type }),
    ),
  );

  it.each(['Application/JSON', 'application/json;charset=UTF-8', 'application/json ; charset="utf-8"; x=y'])(
    '%s is taken',
    async (type) => {
      const api = await prepared();
      const answer = await send(api, 'PUT', '/changes/c1/2', bytes('{"name":"merge"}'), { 'Content-Type': type });
      expect([answer.status, answer.body.seq]).toEqual([202, 2]);
    },
  );
});

describe('[J3] [B1] [J11] bodies over their limit', () => {
  const limitOf = (door: Door): number => (door === batchDoor ? BATCH_BYTES_MAX : CHANGE_BYTES_MAX);
  const padded = (door: Door, size: number): string => door.wrap('{"x":1}').padEnd(size, ' ');

  it.each(everywhere({ 'one byte more': null }))('%s', (_, door) => {
    const limit = limitOf(door);
    return expectRefused([413, 'too-large'], (api) => through(api, door, padded(door, limit + 1)), { limit });
  });

  it.each(everywhere({ 'one byte more without Content-Length': null }))('%s', (_, door) => {
    const limit = limitOf(door);
    return expectRefused([413, 'too-large'], (api) => through(api, door, chunked(padded(door, limit + 1))), { limit });
  });

  it.each(everywhere({ 'as much as allowed': null }, pushDoors))('%s', async (_, door) => {
    const [whole, pieces] = [await prepared(), await prepared()];
    const text = padded(door, limitOf(door));
    expect((await through(whole, door, text)).status).toBe(202);
    expect((await through(pieces, door, chunked(text))).status).toBe(202);
    expect(await whole.drained()).toEqual({ a: 1, x: 1 });
    expect(await pieces.drained()).toEqual({ a: 1, x: 1 });
  });

  it('a body that never ends', () => {
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(10_000).fill(0x20)),
    });
    return expectRefused([413, 'too-large'], (api) => through(api, putDoor, endless), { limit: CHANGE_BYTES_MAX });
  });

  it('a backup that never ends', () => {
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(1_000_000).fill(0x20)),
    });
    return expectRefused(
      [413, 'too-large'],
      (api) => send(api, 'PUT', '/import', endless, { 'Content-Type': 'application/x-ndjson' }),
      { limit: IMPORT_BYTES_MAX },
    );
  });

  it('a change that grows when it is printed again', () => {
    const numbers = Array.from({ length: 20_000 }, () => '1e20').join(',');
    const limit = { limit: CHANGE_BYTES_MAX };
    return expectRefused([413, 'too-large'], (api) => through(api, putDoor, putDoor.wrap(`{"x":[${numbers}]}`)), limit);
  });

  it('a batch that grows when it is printed again', () => {
    const args = `{"x":[${Array.from({ length: 10_000 }, () => '1e20').join(',')}]}`;
    const changes = Array.from({ length: 10 }, () => `{"name":"merge","args":${args}}`).join(',');
    const limit = { limit: BATCH_BYTES_MAX };
    return expectRefused([413, 'too-large'], (api) => through(api, batchDoor, `{"n":2,"changes":[${changes}]}`), limit);
  });

  it('one change of a batch over the limit of a change', () => {
    const text = batchDoor.wrap(JSON.stringify({ x: 'x'.repeat(CHANGE_BYTES_MAX) }));
    return expectRefused([413, 'too-large'], (api) => through(api, batchDoor, text), { limit: CHANGE_BYTES_MAX });
  });

  it('the limit counts bytes, not characters', () => {
    const text = putDoor.wrap(JSON.stringify({ x: '\u20ac'.repeat(CHANGE_BYTES_MAX / 3) }));
    return expectRefused([413, 'too-large'], (api) => through(api, putDoor, text));
  });

  it('1,001 changes in a batch, and 1,000 are taken', async () => {
    const batch = (length: number): string =>
      JSON.stringify({ n: 2, changes: Array.from({ length }, () => ({ name: 'merge' })) });
    await expectRefused([413, 'too-large'], (api) => through(api, batchDoor, batch(BATCH_CHANGES_MAX + 1)), {
      limit: BATCH_CHANGES_MAX,
    });
    const answer = await through(await prepared(), batchDoor, batch(BATCH_CHANGES_MAX));
    expect([answer.status, answer.body.receipts.length]).toEqual([202, BATCH_CHANGES_MAX]);
  });
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
  it.each(everywhere(deep))('%s', (_, door, value) =>
    expectRefused([422, 'too-deep'], (api) => through(api, door, door.wrap(value)), { limit: DEPTH_MAX }),
  );

  it('100,000 objects in a batch', () =>
    expectRefused([422, 'too-deep'], (api) => through(api, batchDoor, batchDoor.wrap(objects(100_000)))));

  it.each(everywhere({ '65 levels': null }))('%s', (_, door) =>
    expectRefused([422, 'too-deep'], (api) => through(api, door, door.wrap(objects(DEPTH_MAX + 1 - door.levels)))),
  );

  it.each(everywhere({ '64 levels are taken': null }, pushDoors))('%s', async (_, door) => {
    const api = await prepared();
    const value = objects(DEPTH_MAX - door.levels);
    expect((await through(api, door, door.wrap(value))).status).toBe(202);
    const state = JSON.stringify(await api.drained());
    expect(state).toContain(value.slice(1, -1));
  });

  it('brackets in strings do not count', async () => {
    const api = await prepared();
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
  it.each(everywhere(huge))('%s', (_, door, value) =>
    expectRefused([422, 'number-range'], (api) => through(api, door, door.wrap(value))),
  );

  it('integers beyond 2^53 take double precision, and what is too small is zero', async () => {
    const api = await prepared();
    const args = '{"big":9007199254740993,"small":1e-400,"minus":-0,"most":1.7976931348623157e308}';
    expect((await through(api, putDoor, putDoor.wrap(args))).status).toBe(202);
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
  it.each(everywhere(illFormed))('%s', (_, door, value) =>
    expectRefused([422, 'ill-formed-string'], (api) => through(api, door, door.wrap(value))),
  );

  const key = (length: number): string => JSON.stringify({ x: { ['k'.repeat(length)]: 1 } });
  it.each(everywhere({ 'a key of 513': key(KEY_LENGTH_MAX + 1), 'a key of 200,000': key(200_000) }))(
    '%s',
    (_, door, value) =>
      expectRefused([422, 'key-too-long'], (api) => through(api, door, door.wrap(value)), { limit: KEY_LENGTH_MAX }),
  );

  it('a key of 512 and pairs of surrogates are taken', async () => {
    const api = await prepared();
    const args = `{"${'k'.repeat(512)}":"\\ud83d\\ude00","\\ud83d\\ude00":"\\u0000\\u2028"}`;
    expect((await through(api, putDoor, putDoor.wrap(args))).status).toBe(202);
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
  it.each(everywhere(forbidden))('%s', async (_, door, value) => {
    await expectRefused([422, 'forbidden-key'], (api) => through(api, door, door.wrap(value)));
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it.each(doors.filter(({ levels }) => levels > 0))('beside the members of $name', (door) =>
    expectRefused([422, 'forbidden-key'], (api) =>
      through(api, door, door.wrap('1').replace('{', '{"__proto__":{"atomic":true},')),
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
    const api = await prepared();
    expect((await api.merge('c1', 2, { words: names })).status).toBe(202);
    expect((await api.drained()).words).toEqual(names);
  });

  it.each(['constructor', 'toString', 'hasOwnProperty', 'valueOf'])('%s is no change', async (name) => {
    const api = await prepared();
    const answer = await api.push('c1', 2, name, {}, { Prefer: 'wait=5' });
    expect(problemTrouble(answer, 422, 'unknown-change')).toEqual([]);
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
    const api = await prepared();
    expect((await through(api, putDoor, text)).body.seq).toBe(2);
    expect(await api.drained()).toEqual(state);
  });

  it('the last wins in an operation of a patch', async () => {
    const api = await prepared();
    const patch = '[{"op":"remove","path":"/nope","op":"add","path":"/x","value":1,"value":2}]';
    await send(api, 'PUT', '/changes/c1/2', patch, { 'Content-Type': JSON_PATCH_TYPE });
    expect(await api.drained()).toEqual({ a: 1, x: 2 });
  });
});

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
