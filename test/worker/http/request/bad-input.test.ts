import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import {
  BATCH_BYTES_MAX,
  BATCH_CHANGES_MAX,
  CHANGE_BYTES_MAX,
  DEPTH_MAX,
  IMPORT_BYTES_MAX,
  KEY_LENGTH_MAX,
} from '../../../../src/protocol/limits.ts';
import { JSON_PATCH_TYPE, MERGE_PATCH_TYPE } from '../../../../src/protocol/patch.ts';
import type { ProblemName } from '../../../../src/protocol/problems.ts';
import type { Environment } from '../../../../src/server/http/request/environment.ts';
import { routes } from '../../../../src/server/http/route-table.ts';
import { type Answer, Api, bearer, fresh, type Headings, problemTrouble, request } from '../../../support/api.ts';
import { positionIn } from '../../../support/position.ts';
import worker from '../../../support/worker.ts';

// Every invalid input. Each is refused with its own problem and changes nothing [J11].

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

/** Calls the handler directly, without the platform's HTTP parser. */
const direct = async (sent: Request): Promise<Answer> => {
  const response = await worker.fetch(sent, env as unknown as Environment, createExecutionContext());
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text) };
};

/** An application with one change of one client in it. Each has an owner of its own: requests are limited per subject. */
const prepared = async (): Promise<Api> => {
  owners += 1;
  const api = new Api(fresh(`owner-${owners}`));
  await api.merge('c1', 1, { a: 1 }, { Prefer: 'wait=5' });
  return api;
};

/** Everything that a request could have changed: nothing else changes while the head does not. */
const traces = async (api: Api): Promise<unknown> => {
  const { text, headers } = await api.state({ Prefer: 'drain' });
  const { version, head, queue } = positionIn(headers);
  return [text, headers.get('ETag'), version, head, queue];
};

/** Expects the refusal, no change of the application, and n = 2 still free for a valid change. */
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
  const right = await api.merge('c1', 2, { right: true }, { Prefer: 'wait=5, return=representation' });
  expect([right.status, positionIn(right.headers).head]).toEqual([200, 2]);
  expect(right.body).toEqual({ a: 1, right: true });
};

/** A request that takes a JSON body; `wrap` puts a value at its deepest place. */
interface Endpoint {
  readonly name: string;
  readonly method: string;
  readonly rest: string;
  readonly type: string;
  readonly wrap: (value: string) => string;
  /** Levels that `wrap` adds. */
  readonly levels: number;
}

const endpoints: readonly Endpoint[] = [
  {
    name: 'a named change',
    method: 'PUT',
    rest: '/changes/c1/2',
    type: 'application/json',
    levels: 1,
    wrap: (value) => `{"name":"merge","args":${value}}`,
  },
  {
    name: 'a change without a client',
    method: 'POST',
    rest: '/changes',
    type: 'application/json',
    levels: 1,
    wrap: (value) => `{"name":"merge","args":${value}}`,
  },
  {
    name: 'a batch',
    method: 'PUT',
    rest: '/changes/c1',
    type: 'application/json',
    levels: 3,
    wrap: (value) => `{"n":2,"changes":[{"name":"merge"},{"name":"merge","args":${value}}]}`,
  },
  {
    name: 'a merge patch',
    method: 'PUT',
    rest: '/changes/c1/2',
    type: MERGE_PATCH_TYPE,
    levels: 0,
    wrap: (value) => value,
  },
  {
    name: 'a JSON patch',
    method: 'PUT',
    rest: '/changes/c1/2',
    type: JSON_PATCH_TYPE,
    levels: 2,
    wrap: (value) => `[{"op":"add","path":"/x","value":${value}}]`,
  },
  {
    name: 'a creation',
    method: 'PUT',
    rest: '',
    type: 'application/json',
    levels: 1,
    wrap: (value) => `{"kind":${value}}`,
  },
];

const [putEndpoint, , batchEndpoint] = endpoints as readonly [Endpoint, Endpoint, Endpoint];

/** The requests that queue a change when they are valid. */
const pushEndpoints = endpoints.slice(0, 5);

const sendTo = (api: Api, { method, rest, type }: Endpoint, body: BodyInit): Promise<Answer> =>
  send(api, method, rest, body, { 'Content-Type': type });

/** Every case with every kind of request. */
const everywhere = <T>(
  cases: Readonly<Record<string, T>>,
  where: readonly Endpoint[] = endpoints,
): [name: string, endpoint: Endpoint, value: T][] =>
  where.flatMap((endpoint) =>
    Object.entries(cases).map(([name, value]): [string, Endpoint, T] => [`${endpoint.name}: ${name}`, endpoint, value]),
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
  it.each(everywhere(broken))('%s', (_, endpoint, text) =>
    expectRefused([400, 'malformed-json'], (api) => sendTo(api, endpoint, text)),
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
  it.each(everywhere(values))('%s', (_, endpoint, value) =>
    expectRefused([400, 'malformed-json'], (api) => sendTo(api, endpoint, endpoint.wrap(value))),
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
  it.each(everywhere(wrong))('%s', (_, endpoint, codes) => {
    const [before = '', after = ''] = endpoint.wrap('"%"').split('%');
    return expectRefused([400, 'invalid-utf8'], (api) => sendTo(api, endpoint, bytes(before, ...codes, after)));
  });

  it('UTF-16', () =>
    expectRefused([400, 'invalid-utf8'], (api) => sendTo(api, putEndpoint, bytes(0xff, 0xfe, '{', 0, '}', 0))));
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
  it.each(everywhere(types))('%s', (_, endpoint, type) =>
    expectRefused([415, 'unsupported-media-type'], (api) =>
      send(api, endpoint.method, endpoint.rest, bytes(endpoint.wrap('{"x":1}')), { 'Content-Type': type }),
    ),
  );

  it.each(everywhere({ 'no type': null }))('%s', (_, endpoint) =>
    expectRefused([415, 'unsupported-media-type'], (api) =>
      send(api, endpoint.method, endpoint.rest, bytes(endpoint.wrap('{"x":1}'))),
    ),
  );

  const codings = { gzip: 'gzip', br: 'br', 'gzip twice': 'gzip, gzip', 'an unknown coding': 'rot13' };
  it.each(everywhere(codings))('%s', (_, endpoint, coding) =>
    expectRefused([415, 'unsupported-media-type'], (api) =>
      send(api, endpoint.method, endpoint.rest, bytes(endpoint.wrap('{"x":1}')), {
        'Content-Type': endpoint.type,
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
  const limitOf = (endpoint: Endpoint): number => (endpoint === batchEndpoint ? BATCH_BYTES_MAX : CHANGE_BYTES_MAX);
  const padded = (endpoint: Endpoint, size: number): string => endpoint.wrap('{"x":1}').padEnd(size, ' ');

  it.each(everywhere({ 'one byte more': null }))('%s', (_, endpoint) => {
    const limit = limitOf(endpoint);
    return expectRefused([413, 'too-large'], (api) => sendTo(api, endpoint, padded(endpoint, limit + 1)), { limit });
  });

  it.each(everywhere({ 'one byte more without Content-Length': null }))('%s', (_, endpoint) => {
    const limit = limitOf(endpoint);
    return expectRefused([413, 'too-large'], (api) => sendTo(api, endpoint, chunked(padded(endpoint, limit + 1))), {
      limit,
    });
  });

  it.each(everywhere({ 'as much as allowed': null }, pushEndpoints))('%s', async (_, endpoint) => {
    const [whole, pieces] = [await prepared(), await prepared()];
    const text = padded(endpoint, limitOf(endpoint));
    expect((await sendTo(whole, endpoint, text)).status).toBe(202);
    expect((await sendTo(pieces, endpoint, chunked(text))).status).toBe(202);
    const state = endpoint.type === JSON_PATCH_TYPE ? { a: 1, x: { x: 1 } } : { a: 1, x: 1 };
    expect(await whole.drained()).toEqual(state);
    expect(await pieces.drained()).toEqual(state);
  });

  it('a body that never ends', () => {
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(10_000).fill(0x20)),
    });
    return expectRefused([413, 'too-large'], (api) => sendTo(api, putEndpoint, endless), { limit: CHANGE_BYTES_MAX });
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
    return expectRefused(
      [413, 'too-large'],
      (api) => sendTo(api, putEndpoint, putEndpoint.wrap(`{"x":[${numbers}]}`)),
      limit,
    );
  });

  it('a batch that grows when it is printed again', () => {
    const args = `{"x":[${Array.from({ length: 10_000 }, () => '1e20').join(',')}]}`;
    const changes = Array.from({ length: 10 }, () => `{"name":"merge","args":${args}}`).join(',');
    const limit = { limit: BATCH_BYTES_MAX };
    return expectRefused(
      [413, 'too-large'],
      (api) => sendTo(api, batchEndpoint, `{"n":2,"changes":[${changes}]}`),
      limit,
    );
  });

  it('one change of a batch over the limit of a change', () => {
    const text = batchEndpoint.wrap(JSON.stringify({ x: 'x'.repeat(CHANGE_BYTES_MAX) }));
    return expectRefused([413, 'too-large'], (api) => sendTo(api, batchEndpoint, text), { limit: CHANGE_BYTES_MAX });
  });

  it('the limit counts bytes, not characters', () => {
    const text = putEndpoint.wrap(JSON.stringify({ x: '\u20ac'.repeat(CHANGE_BYTES_MAX / 3) }));
    return expectRefused([413, 'too-large'], (api) => sendTo(api, putEndpoint, text));
  });

  it('1,001 changes in a batch, and 1,000 are taken', async () => {
    const batch = (length: number): string =>
      JSON.stringify({ n: 2, changes: Array.from({ length }, () => ({ name: 'merge' })) });
    await expectRefused([413, 'too-large'], (api) => sendTo(api, batchEndpoint, batch(BATCH_CHANGES_MAX + 1)), {
      limit: BATCH_CHANGES_MAX,
    });
    const answer = await sendTo(await prepared(), batchEndpoint, batch(BATCH_CHANGES_MAX));
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
  it.each(everywhere(deep))('%s', (_, endpoint, value) =>
    expectRefused([422, 'too-deep'], (api) => sendTo(api, endpoint, endpoint.wrap(value)), { limit: DEPTH_MAX }),
  );

  it('100,000 objects in a batch', () =>
    expectRefused([422, 'too-deep'], (api) => sendTo(api, batchEndpoint, batchEndpoint.wrap(objects(100_000)))));

  it.each(everywhere({ '65 levels': null }))('%s', (_, endpoint) =>
    expectRefused([422, 'too-deep'], (api) =>
      sendTo(api, endpoint, endpoint.wrap(objects(DEPTH_MAX + 1 - endpoint.levels))),
    ),
  );

  it.each(everywhere({ '64 levels are taken': null }, pushEndpoints))('%s', async (_, endpoint) => {
    const api = await prepared();
    const value = objects(DEPTH_MAX - endpoint.levels);
    expect((await sendTo(api, endpoint, endpoint.wrap(value))).status).toBe(202);
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
  it.each(everywhere(huge))('%s', (_, endpoint, value) =>
    expectRefused([422, 'number-range'], (api) => sendTo(api, endpoint, endpoint.wrap(value))),
  );

  it('integers beyond 2^53 take double precision, and what is too small is zero', async () => {
    const api = await prepared();
    const args = '{"big":9007199254740993,"small":1e-400,"minus":-0,"most":1.7976931348623157e308}';
    expect((await sendTo(api, putEndpoint, putEndpoint.wrap(args))).status).toBe(202);
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
  it.each(everywhere(illFormed))('%s', (_, endpoint, value) =>
    expectRefused([422, 'ill-formed-string'], (api) => sendTo(api, endpoint, endpoint.wrap(value))),
  );

  const key = (length: number): string => JSON.stringify({ x: { ['k'.repeat(length)]: 1 } });
  it.each(everywhere({ 'a key of 513': key(KEY_LENGTH_MAX + 1), 'a key of 200,000': key(200_000) }))(
    '%s',
    (_, endpoint, value) =>
      expectRefused([422, 'key-too-long'], (api) => sendTo(api, endpoint, endpoint.wrap(value)), {
        limit: KEY_LENGTH_MAX,
      }),
  );

  it('a key of 512 and pairs of surrogates are taken', async () => {
    const api = await prepared();
    const args = `{"${'k'.repeat(512)}":"\\ud83d\\ude00","\\ud83d\\ude00":"\\u0000\\u2028"}`;
    expect((await sendTo(api, putEndpoint, putEndpoint.wrap(args))).status).toBe(202);
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
  it.each(everywhere(forbidden))('%s', async (_, endpoint, value) => {
    await expectRefused([422, 'forbidden-key'], (api) => sendTo(api, endpoint, endpoint.wrap(value)));
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it.each(endpoints.filter(({ levels }) => levels > 0))('beside the members of $name', (endpoint) =>
    expectRefused([422, 'forbidden-key'], (api) =>
      sendTo(api, endpoint, endpoint.wrap('1').replace('{', '{"__proto__":{"atomic":true},')),
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
    expect((await sendTo(api, putEndpoint, text)).body.seq).toBe(2);
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
    owners += 1;
    const api = new Api(fresh(`owner-${owners}`));
    const state = { list: [1, 2], text: 'abc', nothing: null };
    await api.merge('c1', 1, state);
    await api.merge('c1', 2, { nothing: null });
    const before = (await api.state({ Prefer: 'drain' })).text;
    const bad = await api.push('c1', 3, 'patch', patch as any, { Prefer: 'wait=5' });
    expect(problemTrouble(bad, 422, problem)).toEqual([]);
    expect(bad.body.seq).toBe(3);
    expect((await api.state()).text).toBe(before);
    expect((await api.merge('c1', 4, { right: true }, { Prefer: 'wait=5' })).body.status).toBe('applied');
  });

  it('a copy bomb ends with a rejection, and what stands behind it is applied', async () => {
    const api = await prepared();
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

describe('[I1] [J11] ids', () => {
  const wrong = {
    'a leading dot': '.a',
    'three dots': '...',
    'a tilde': '~',
    'a leading tilde': '~a',
    'a leading dash': '-a',
    'a leading underscore': '__proto__',
    'a slash': 'a%2fb',
    'a way up': '..%2f..%2fx',
    'a way up, encoded twice': '%252e%252e',
    'an encoded backslash': 'a%5cb',
    NUL: 'a%00',
    'CR LF': 'a%0d%0aX-Evil:%201',
    'a space': 'a%20b',
    'a plus': 'a+b',
    'an at sign': 'a@b',
    'a colon': 'a:b',
    'a semicolon': 'a;b',
    'a comma': 'a,b',
    'a star': '*',
    'a dollar': '$a',
    'quotes and a semicolon': "a';DROP%20TABLE%20x;--",
    'angle brackets': '%3Cscript%3E',
    'an emoji': '\u{1f600}',
    'an encoded emoji': '%F0%9F%98%80',
    NFC: '\u00e9',
    NFD: 'e\u0301',
    'a zero width space': 'a\u200bb',
    'a Cyrillic a': '\u0430lice',
    'a full width a': '\uff41',
    'a right-to-left override': 'a\u202eb',
    '129 characters': 'a'.repeat(129),
    '10 kB': 'a'.repeat(10_000),
    'a percent sign': '%',
    'a bad percent': '%zz',
    'a cut percent': 'a%2',
    'percent-encoded bytes that are not UTF-8': 'a%ff',
    'an overlong slash': '%c0%af',
    'a percent, encoded twice': '%2561',
    'an encoded percent': '%25',
  };
  const positions: [string, string, (id: string, api: Api) => string][] = [
    ['the owner', 'GET', (id) => `/v1/apps/${id}`],
    ['the owner of an application', 'GET', (id) => `/v1/apps/${id}/app/state`],
    ['the application', 'DELETE', (id, { path }) => `${path.slice(0, path.lastIndexOf('/'))}/${id}`],
    ['the client of a ticket', 'GET', (id, { path }) => `${path}/changes/${id}/1`],
    ['the client of a change', 'PUT', (id, { path }) => `${path}/changes/${id}/1`],
    ['the client of a batch', 'PUT', (id, { path }) => `${path}/changes/${id}`],
  ];
  const cases = positions.flatMap(([where, method, path]) =>
    Object.entries(wrong).map(([name, id]): [string, string, string, (id: string, api: Api) => string] => [
      `${where}: ${name}`,
      id,
      method,
      path,
    ]),
  );
  // `~` is the client of changes that came without one, so that a ticket may be asked for under it [Q8].
  it.each(cases.filter(([name]) => name !== 'the client of a ticket: a tilde'))('%s', (_, id, method, pathOf) =>
    expectRefused([400, 'invalid-id'], async (api) => {
      const isPush = method === 'PUT';
      const path = pathOf(id, api);
      const single = { name: 'merge', args: { bad: 1 } };
      const body = JSON.stringify(path.endsWith('/1') ? single : { n: 2, changes: [single] });
      const headers = await bearer(api.path.split('/')[3] as string);
      if (!isPush) return request(path, { method, headers });
      return request(path, { method, body, headers: { ...headers, 'Content-Type': 'application/json' } });
    }),
  );

  it.each(['a/b', '..', '/', ''].map((id) => [id]))('%j is another path or none', async (id) => {
    const api = await prepared();
    const answer = await send(api, 'GET', `/changes/${id}/1`);
    expect(problemTrouble(answer, 404, 'not-found')).toEqual([]);
  });

  it.each(['a'.repeat(128), 'A', '0', 'a.b_c~d-', '%61', 'c%2e'])('%s is one', async (id) => {
    const api = await prepared();
    const answer = await api.merge(id, 1, { x: 1 });
    expect([answer.status, answer.body.client]).toEqual([202, decodeURIComponent(id)]);
    expect((await api.ticket(decodeURIComponent(id), 1)).body.seq).toBe(2);
  });
});

describe('[I2] [J11] counters', () => {
  const wrong = [
    '0',
    '-1',
    '1.5',
    '2.0',
    '1e3',
    '02',
    '+2',
    '9007199254740992',
    '99999999999999999',
    '1'.repeat(5_000),
  ];
  const odd = ['abc', '0x2', '2n', 'NaN', 'Infinity', '%202', '2%20', '2%00', '\u0662', '2_0', '2,0', "2'", '%', '-0'];
  const positions: [string, string, (n: string) => string][] = [
    ['a change', 'PUT', (n) => `/changes/c1/${n}`],
    ['a ticket', 'GET', (n) => `/changes/c1/${n}`],
    ['a ticket without a client', 'GET', (n) => `/changes/~/${n}`],
    ['a retry', 'POST', (n) => `/rejections/${n}/retry`],
    ['a discard', 'DELETE', (n) => `/rejections/${n}`],
  ];
  const cases = positions.flatMap(([where, method, path]) =>
    [...wrong, ...odd].map((n): [string, string, string] => [`${where}: ${n.slice(0, 30)}`, method, path(n)]),
  );
  it.each(cases)('%s', (_, method, rest) =>
    expectRefused([400, 'invalid-id'], (api) => {
      if (method !== 'PUT') return send(api, method, rest);
      return send(api, method, rest, '{"name":"merge"}', { 'Content-Type': 'application/json' });
    }),
  );

  it('2^53 - 1 is one: it is beyond the next', () =>
    expectRefused([409, 'sequence-gap'], (api) => api.merge('c1', 2 ** 53 - 1, { bad: 1 }), { expected: 2 }));
});

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
  it.each(cases)('%s', (_, endpoint, headers) =>
    expectRefused([400, 'invalid-header'], (api) => endpoint(api, headers)),
  );

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
      return direct(new Request(`https://changebucket.test${api.path}${rest}`, { method, body, headers }));
    }),
  );

  it('If-Match on a batch that is not atomic', () =>
    expectRefused([400, 'invalid-header'], (api) => api.batch('c1', 2, [{ name: 'merge' }], {}, { 'If-Match': '*' })));

  it('unknown preferences and manipulations are ignored', async () => {
    const api = await prepared();
    const pushed = await push(api, { Prefer: 'respond-async, x="a;b,c"; y=1, , return=minimal; z' });
    expect(pushed.status).toBe(204);
    const state = await read(api, { 'A-IM': 'vcdiff, gzip;q=0.5', Prefer: 'handling=lenient, drain' });
    expect([state.status, state.body]).toEqual([200, { a: 1, bad: 1 }]);
  });
});

describe('[J10] query parameters', () => {
  const queries: [string, string][] = [
    ...['?x=1', '?at=1&x=1', '?At=1', '?__proto__=1', '?constructor', '?&at=1', '?=1', '?%zz=1', '?%61t=1&at=1'].map(
      (query): [string, string] => ['/state', query],
    ),
    ...['', '-1', '1.5', '01', 'abc', '9007199254740992', '1%00', '+1', '%ff'].map((at): [string, string] => [
      '/state',
      `?at=${at}`,
    ]),
    ...['a', '/~2', '%23/a', '/__proto__', '/a/constructor/x', '/a'.repeat(65), '/%ff', '/%ed%a0%80'].map(
      (path): [string, string] => ['/state', `?path=${path}`],
    ),
    ['/state', '?at=1&at=1'],
    ['/state', '?path=&path='],
    ...['?after=x', '?after=-1', '?limit=0', '?limit=501', '?limit=1&limit=1', '?before=1', '?limit=', '?limit'].map(
      (query): [string, string] => ['/log', query],
    ),
    ...[
      '?after=..%2f',
      '?after=__proto__',
      '?limit=41',
      '?limit=0',
      '?x',
      '?after=a&after=a',
      `?after=${'a'.repeat(129)}`,
    ].map((query): [string, string] => ['list', query]),
  ];
  it.each(queries)('%s%s', (rest, query) =>
    expectRefused([400, 'invalid-query'], async (api) => {
      if (rest !== 'list') return send(api, 'GET', rest + query);
      const owner = api.path.split('/')[3] as string;
      return request(`/v1/apps/${owner}${query}`, { headers: await bearer(owner) });
    }),
  );

  const plain = routes.flatMap(([path, handlers]) =>
    Object.keys(handlers)
      .filter(() => !/apps\/:owner$|\/state$|\/log$/.test(path))
      .map((method): [string, string] => [method, path.replace('/v1/apps/:owner/:app', '')]),
  );
  it.each(plain)('%s …%s takes none', async (method, path) => {
    const rest = path.replace(':client', 'c1').replace(':n', '2').replace(':seq', '1');
    const body = method === 'PUT' || method === 'POST' ? '{"name":"merge","args":{"bad":1}}' : null;
    for (const query of ['?dryRun=true', '?path=', '?=', '?%zz']) {
      await expectRefused([400, 'invalid-query'], (api) =>
        send(api, method, rest + query, body, { 'Content-Type': 'application/json' }),
      );
    }
  });

  it('a question mark alone is no parameter', async () => {
    const api = await prepared();
    expect((await send(api, 'GET', '/state?')).body).toEqual({ a: 1 });
    expect((await send(api, 'GET', '/changes/c1/1?')).body.seq).toBe(1);
  });

  it('a value is never echoed', async () => {
    const { text } = await send(await prepared(), 'GET', '/state?x=%3Cscript%3E&at=sesame');
    expect(text).not.toMatch(/script|sesame/);
  });
});

describe('[I3] [J11] paths and methods', () => {
  const METHODS = ['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND', 'QUERY'];
  const concrete = (api: Api, path: string): string =>
    path.replace(':client', 'c1').replace(':n', '2').replace(':seq', '2').replace('/v1/apps/:owner/:app', api.path);
  const unlisted = routes.flatMap(([path, handlers]) =>
    METHODS.filter((method) => !Object.hasOwn(handlers, method)).map((method): [string, string, string[]] => [
      method,
      path,
      Object.keys(handlers),
    ]),
  );
  it.each(unlisted)('%s %s', (method, route, listed) =>
    expectRefused([405, 'method-not-allowed'], async (api) => {
      const owner = api.path.split('/')[3] as string;
      const path = concrete(api, route).replace(':owner', owner);
      const answer = await request(path, { method, headers: await bearer(owner) });
      const allowed = (answer.headers.get('Allow') ?? '').split(', ').sort();
      expect(allowed).toEqual([...listed, ...(listed.includes('GET') ? ['HEAD'] : [])].sort());
      return answer;
    }),
  );

  it.each([
    ['PUT', '/healthz'],
    ['DELETE', '/openapi.json'],
  ])('%s %s', async (method, path) => {
    const answer = await request(path, { method });
    expect(problemTrouble(answer, 405, 'method-not-allowed')).toEqual([]);
    expect(answer.headers.get('Allow')).toBe('HEAD, GET');
  });

  const spellings = [
    '/',
    '/state/',
    '//state',
    '/state//',
    '/%73tate',
    '/%2573tate',
    '/State',
    '/STATE',
    '/state.json',
    '/state;v=1',
    '/state%3fat=1',
    '/state%00',
    '/state%20',
    '/state%2f',
    '/%2fstate',
    '/x/%2e%2e%2fstate',
    '/\u017ftate',
    '/stat\u0435',
    '/nothing',
    '/log/1',
    '/export/',
    '/%65xport',
    '/changes/c1/1/',
    '/changes/c1/1/1',
    '/%63hanges/c1/1',
    '/rejections/1/%72etry',
    '/rejections/1/retry/1',
  ];
  const ways = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'];
  it.each(spellings.flatMap((rest) => ways.map((method) => [method, rest])))('%s …%s', async (method, rest) => {
    const refuse = (): Promise<void> =>
      expectRefused([404, 'not-found'], async (api) => {
        const answer = await send(api, method as string, rest as string);
        if (method !== 'HEAD') return answer;
        expect([answer.status, answer.text]).toEqual([404, '']);
        return send(api, 'GET', rest as string);
      });
    await refuse();
  });

  const elsewhere = [
    '/nothing',
    '/v1',
    '/V1/apps/{owner}/{app}/state',
    '//v1/apps/{owner}/{app}/state',
    '/v1//apps/{owner}/{app}/state',
    '/v1/apps//{owner}/{app}/state',
    '/v1/APPS/{owner}/{app}/state',
    '/v1/%61pps/{owner}/{app}/state',
    '/%761/apps/{owner}/{app}/state',
    '/v1/apps/{owner}%2f{app}%2fstate/x/y/z',
    '/v1/apps/{owner}/{app}%2fstate/x',
    '/v1%2fapps/{owner}/{app}/state',
    '/v2/apps/{owner}/{app}/state',
    '/v1/apps',
    '/v1/apps/',
    '/apps/{owner}/{app}/state',
    '/healthz/',
    '/HEALTHZ',
    '/%68ealthz',
    '/openapi.json/',
  ];
  it.each(elsewhere)('%s with and without a token', async (path) => {
    const api = await prepared();
    const [, , , owner = '', app = ''] = api.path.split('/');
    const url = path.replace('{owner}', owner).replace('{app}', app);
    const known = await request(url, { headers: await bearer(owner) });
    expect(problemTrouble(known, 404, 'not-found')).toEqual([]);
    const unknown = await request(url);
    expect([401, 404]).toContain(unknown.status);
    expect(unknown.text).not.toContain('"a":1');
  });

  it('nothing is redirected, and dot segments are gone before they come', async () => {
    const api = await prepared();
    const followed = await send(api, 'GET', '/changes/../log/%2e%2e/state');
    expect([followed.status, followed.body]).toEqual([200, { a: 1 }]);
    const direct = await request(`${api.path}/changes/../state`, { redirect: 'manual' });
    expect(direct.status).toBe(401);
  });

  it('a read ignores what says that it has a body', async () => {
    const api = await prepared();
    const headers = { 'Content-Type': 'text/plain', 'Content-Encoding': 'gzip' };
    expect((await send(api, 'GET', '/state', null, headers)).body).toEqual({ a: 1 });
    expect((await send(api, 'GET', '/log', null, headers)).status).toBe(200);
    const body = new Uint8Array(300_000).fill(0xff);
    const discard = await send(api, 'DELETE', '/rejections/1', body, headers);
    expect(problemTrouble(discard, 404, 'unknown-rejection')).toEqual([]);
  });
});

describe('[B1] [J11] [Q6] changes and batches of another shape', () => {
  const name = (text: string): string => JSON.stringify({ name: text, args: { bad: 1 } });
  const changes: Record<string, string> = {
    'a number': '1',
    null: 'null',
    'an array': '[{"name":"merge"}]',
    'an empty object': '{}',
    'no name': '{"args":{}}',
    'a name that is a number': '{"name":1}',
    'a name in an array': '{"name":["merge"]}',
    'a member more': '{"name":"merge","args":{},"n":2}',
    'another user': '{"name":"merge","args":{},"user":"root"}',
    'another seq': '{"name":"merge","args":{},"seq":1,"retries":1}',
    'an empty name': name(''),
    'a dollar': name('$migrate'),
    'a dollar inside': name('a$b'),
    'a space': name('a b'),
    'a space at the end': name('merge '),
    'a line feed at the end': name('merge\n'),
    'a digit first': name('1a'),
    'an underscore first': name('__proto__'),
    'a slash': name('a/b'),
    'NUL in a name': name('merge\u0000'),
    'a letter that is not ASCII': name('merg\u00e9'),
    'markup in a name': name('<b>'),
    '65 characters': name('a'.repeat(65)),
  };
  const changeDoors = endpoints.slice(0, 2);
  it.each(everywhere(changes, changeDoors))('%s', (_, endpoint, text) =>
    expectRefused([422, 'invalid-change'], (api) => sendTo(api, endpoint, text)),
  );
  it.each(Object.entries(changes))('a batch with %s', (_, text) =>
    expectRefused([422, 'invalid-change'], (api) =>
      sendTo(api, batchEndpoint, `{"n":2,"changes":[{"name":"merge"},${text}]}`),
    ),
  );

  const one = '[{"name":"merge","args":{"bad":1}}]';
  const batches: Record<string, string> = {
    'n = 0': `{"n":0,"changes":${one}}`,
    'n = -1': `{"n":-1,"changes":${one}}`,
    'n = 1.5': `{"n":1.5,"changes":${one}}`,
    'n = "2"': `{"n":"2","changes":${one}}`,
    'n = [2]': `{"n":[2],"changes":${one}}`,
    'n = null': `{"n":null,"changes":${one}}`,
    'n = true': `{"n":true,"changes":${one}}`,
    'n = 2^53': `{"n":9007199254740992,"changes":${one}}`,
    'n = 1e300': `{"n":1e300,"changes":${one}}`,
    'no n': `{"changes":${one}}`,
    'no changes': '{"n":2}',
    'an empty list': '{"n":2,"changes":[]}',
    'changes in an object': '{"n":2,"changes":{"0":{"name":"merge"},"length":1}}',
    'a change that is null': '{"n":2,"changes":[null]}',
    'changes in changes': `{"n":2,"changes":[${one}]}`,
    'atomic in quotes': `{"n":2,"changes":${one},"atomic":"true"}`,
    'atomic = 1': `{"n":2,"changes":${one},"atomic":1}`,
    'a member more': `{"n":2,"changes":${one},"client":"c2"}`,
    'an array': `[2,${one}]`,
    'a number': '2',
  };
  it.each(Object.entries(batches))('%s', (_, text) =>
    expectRefused([422, 'invalid-change'], (api) => sendTo(api, batchEndpoint, text)),
  );

  it('n = 2^53 - 1 is beyond the next', () =>
    expectRefused([409, 'sequence-gap'], (api) =>
      sendTo(api, batchEndpoint, `{"n":9007199254740991,"changes":${one}}`),
    ));

  it('2.0 and 2e0 are the number 2', async () => {
    const api = await prepared();
    expect((await sendTo(api, batchEndpoint, `{"n":2.0,"changes":${one}}`)).body.receipts).toEqual([
      { client: 'c1', n: 2, seq: 2 },
    ]);
  });
});

describe('[L1] [L6] [J11] creations and backups of another shape', () => {
  const bodies = ['{}', '[]', 'null', '1', '"document"', '{"kind":1}', '{"kind":null}', '{"kind":["document"]}'];
  const more = [...bodies, '{"kind":"document","state":{}}'];
  const names = [
    '',
    'nothing',
    'Document',
    'document ',
    'toString',
    'hasOwnProperty',
    'document\u0000',
    'x'.repeat(999),
  ];
  const create = endpoints[5] as Endpoint;
  it.each(more)('the creation %s', (text) => expectRefused([422, 'unknown-kind'], (api) => sendTo(api, create, text)));
  it.each([...more, ...names.map((kind) => JSON.stringify({ kind }))])(
    'the creation %s of what is not there',
    async (text) => {
      owners += 1;
      const api = new Api(fresh(`owner-${owners}`));
      expect(problemTrouble(await sendTo(api, create, text), 422, 'unknown-kind')).toEqual([]);
      expect(problemTrouble(await api.call('GET', ''), 404, 'unknown-application')).toEqual([]);
      expect((await api.merge('c1', 1, { a: 1 })).body.seq).toBe(1);
    },
  );

  it('another kind', () => expectRefused([409, 'kind-conflict'], (api) => api.create('todos')));

  const header =
    '{"format":"changebucket-backup","formatVersion":1,"kind":"document","definitionVersion":1,"version":3}';
  const backups: Record<string, string> = {
    nothing: '',
    'no JSON': 'backup',
    'only a header': header,
    'another format': `${header.replace('backup"', 'other"')}\n{}`,
    'another format version': `${header.replace('Version":1', 'Version":2')}\n{}`,
    'a negative version': `${header.replace('"version":3', '"version":-3')}\n{}`,
    'a state that is no JSON': `${header}\n{`,
    'a state that is too deep': `${header}\n${'['.repeat(100_000)}`,
    'a forbidden key in the state': `${header}\n{"__proto__":1}`,
    'a number beyond the range': `${header}\n{"x":1e400}`,
    'half a pair': `${header}\n{"x":"\\ud800"}`,
    'a client that is none': `${header}\n{}\n{"client":"..","n":1,"seq":1,"user":"u"}`,
    'a client with a counter of 0': `${header}\n{}\n{"client":"c1","n":0,"seq":1,"user":"u"}`,
    'a line of another shape': `${header}\n{}\n{"x":1}`,
    'an empty line': `${header}\n{}\n\n{"client":"c1","n":1,"seq":1,"user":"u"}`,
    'a rejection of another shape': `${header}\n{}\n{"rejection":{"change":{},"at":1,"problem":{},"fate":"listed"}}`,
  };
  const restore = (api: Api, text: string): Promise<Answer> =>
    send(api, 'PUT', '/import', text, { 'Content-Type': 'application/x-ndjson' });
  it.each(Object.entries(backups))('backup: %s', (_, text) =>
    expectRefused([422, 'invalid-import'], (api) => restore(api, text)),
  );

  it('a backup of an unknown kind', () =>
    expectRefused([422, 'unknown-kind'], (api) => restore(api, `${header.replace('document', 'constructor')}\n{}`)));

  it('a backup in bytes that are not UTF-8', () =>
    expectRefused([400, 'invalid-utf8'], (api) =>
      send(api, 'PUT', '/import', bytes(header, '\n"', 0xff, '"'), { 'Content-Type': 'application/x-ndjson' }),
    ));
});

describe('[E1] [E2] every problem says what is wrong and nothing else', () => {
  it('only members that are documented', async () => {
    const api = await prepared();
    const answers = [
      await api.merge('c1', 9, {}),
      await api.call('PUT', '/changes/c1/2', 'x'.repeat(300_000)),
      await api.call('PUT', '/changes/c1/2', '{"\u0000', {}),
      await api.state({ 'Min-Version': '99' }),
      await api.state({}, '?at=99'),
      await api.ticket('c1', 99),
    ];
    const names = [
      'sequence-gap',
      'too-large',
      'malformed-json',
      'version-not-reached',
      'unknown-version',
      'unknown-ticket',
    ];
    const cures = [['expected'], ['limit'], [], ['retryAfter'], [], []];
    for (const [index, answer] of answers.entries()) {
      expect(problemTrouble(answer, answer.status, names[index] as ProblemName)).toEqual([]);
      const { type: _type, title: _title, status: _status, detail: _detail, ...rest } = answer.body;
      expect(Object.keys(rest)).toEqual(cures[index]);
    }
    expect(answers[3]?.headers.get('Retry-After')).toBe(String(answers[3]?.body.retryAfter));
  });

  it('what was sent is echoed shortened or not at all', async () => {
    const api = await prepared();
    const secret = 'SESAME'.repeat(20_000);
    const answers = [
      await api.call('PUT', '/changes/c1/2', `{"name":"merge","args":${secret}}`),
      await api.call('PUT', '/changes/c1/2', JSON.stringify({ name: secret })),
      await api.call('PUT', '/changes/c1/2', JSON.stringify({ name: 'merge', args: { [secret]: 1 } })),
      await api.call('PUT', '', JSON.stringify({ kind: secret })),
      await api.state({ Prefer: `wait=${secret.slice(0, 4_000)}` }),
      await api.state({}, `?path=${secret.slice(0, 4_000)}`),
    ];
    for (const answer of answers) {
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
      expect(answer.text.length).toBeLessThan(1_000);
    }
  });
});
