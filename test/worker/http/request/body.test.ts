import { describe, expect, it } from 'vitest';
import {
  BATCH_BYTES_MAX,
  BATCH_CHANGES_MAX,
  CHANGE_BYTES_MAX,
  IMPORT_BYTES_MAX,
} from '../../../../src/protocol/limits.ts';
import { JSON_PATCH_TYPE, MERGE_PATCH_TYPE } from '../../../../src/protocol/patch.ts';
import { batchRoute, changeRoute, type JsonRoute, onEach, PUSH_ROUTES, sendTo } from '../../../support/json-routes.ts';
import { expectRefused, ownDocument, send } from '../../../support/refusals.ts';
import { bytes, chunked } from '../../../support/request-bodies.ts';

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
  it.each(onEach(wrong))('%s', (_, route, codes) => {
    const [before = '', after = ''] = route.wrap('"%"').split('%');
    return expectRefused([400, 'invalid-utf8'], (api) => sendTo(api, route, bytes(before, ...codes, after)));
  });

  it('UTF-16', () =>
    expectRefused([400, 'invalid-utf8'], (api) => sendTo(api, changeRoute, bytes(0xff, 0xfe, '{', 0, '}', 0))));
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
  it.each(onEach(types))('%s', (_, route, type) =>
    expectRefused([415, 'unsupported-media-type'], (api) =>
      send(api, route.method, route.rest, bytes(route.wrap('{"x":1}')), { 'Content-Type': type }),
    ),
  );

  it.each(onEach({ 'no type': null }))('%s', (_, route) =>
    expectRefused([415, 'unsupported-media-type'], (api) =>
      send(api, route.method, route.rest, bytes(route.wrap('{"x":1}'))),
    ),
  );

  const codings = { gzip: 'gzip', br: 'br', 'gzip twice': 'gzip, gzip', 'an unknown coding': 'rot13' };
  it.each(onEach(codings))('%s', (_, route, coding) =>
    expectRefused([415, 'unsupported-media-type'], (api) =>
      send(api, route.method, route.rest, bytes(route.wrap('{"x":1}')), {
        'Content-Type': route.type,
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
      const api = await ownDocument();
      const answer = await send(api, 'PUT', '/changes/c1/2', bytes('{"name":"merge"}'), { 'Content-Type': type });
      expect([answer.status, answer.body.seq]).toEqual([202, 2]);
    },
  );
});

describe('[J3] [B1] [J11] bodies over their limit', () => {
  const limitOf = (route: JsonRoute): number => (route === batchRoute ? BATCH_BYTES_MAX : CHANGE_BYTES_MAX);
  const padded = (route: JsonRoute, size: number): string => route.wrap('{"x":1}').padEnd(size, ' ');

  it.each(onEach({ 'one byte more': null }))('%s', (_, route) => {
    const limit = limitOf(route);
    return expectRefused([413, 'too-large'], (api) => sendTo(api, route, padded(route, limit + 1)), { limit });
  });

  it.each(onEach({ 'one byte more without Content-Length': null }))('%s', (_, route) => {
    const limit = limitOf(route);
    return expectRefused([413, 'too-large'], (api) => sendTo(api, route, chunked(padded(route, limit + 1))), { limit });
  });

  it.each(onEach({ 'as much as allowed': null }, PUSH_ROUTES))('%s', async (_, route) => {
    const [whole, pieces] = [await ownDocument(), await ownDocument()];
    const text = padded(route, limitOf(route));
    expect((await sendTo(whole, route, text)).status).toBe(202);
    expect((await sendTo(pieces, route, chunked(text))).status).toBe(202);
    const state = route.type === JSON_PATCH_TYPE ? { a: 1, x: { x: 1 } } : { a: 1, x: 1 };
    expect(await whole.drained()).toEqual(state);
    expect(await pieces.drained()).toEqual(state);
  });

  it('a body that never ends', () => {
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(10_000).fill(0x20)),
    });
    return expectRefused([413, 'too-large'], (api) => sendTo(api, changeRoute, endless), { limit: CHANGE_BYTES_MAX });
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
      (api) => sendTo(api, changeRoute, changeRoute.wrap(`{"x":[${numbers}]}`)),
      limit,
    );
  });

  it('a batch that grows when it is printed again', () => {
    const args = `{"x":[${Array.from({ length: 10_000 }, () => '1e20').join(',')}]}`;
    const changes = Array.from({ length: 10 }, () => `{"name":"merge","args":${args}}`).join(',');
    const limit = { limit: BATCH_BYTES_MAX };
    return expectRefused([413, 'too-large'], (api) => sendTo(api, batchRoute, `{"n":2,"changes":[${changes}]}`), limit);
  });

  it('one change of a batch over the limit of a change', () => {
    const text = batchRoute.wrap(JSON.stringify({ x: 'x'.repeat(CHANGE_BYTES_MAX) }));
    return expectRefused([413, 'too-large'], (api) => sendTo(api, batchRoute, text), { limit: CHANGE_BYTES_MAX });
  });

  it('the limit counts bytes, not characters', () => {
    const text = changeRoute.wrap(JSON.stringify({ x: '\u20ac'.repeat(CHANGE_BYTES_MAX / 3) }));
    return expectRefused([413, 'too-large'], (api) => sendTo(api, changeRoute, text));
  });

  it('1,001 changes in a batch, and 1,000 are taken', async () => {
    const batch = (length: number): string =>
      JSON.stringify({ n: 2, changes: Array.from({ length }, () => ({ name: 'merge' })) });
    await expectRefused([413, 'too-large'], (api) => sendTo(api, batchRoute, batch(BATCH_CHANGES_MAX + 1)), {
      limit: BATCH_CHANGES_MAX,
    });
    const answer = await sendTo(await ownDocument(), batchRoute, batch(BATCH_CHANGES_MAX));
    expect([answer.status, answer.body.receipts.length]).toEqual([202, BATCH_CHANGES_MAX]);
  });
});
