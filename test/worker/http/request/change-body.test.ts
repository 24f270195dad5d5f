import { describe, expect, it } from 'vitest';
import { type Answer, Api, fresh, problemsIn } from '../../../support/api.ts';
import { anonymousRoute, batchRoute, changeRoute, createRoute, onEach, sendTo } from '../../../support/json-routes.ts';
import { expectRefused, nextOwner, ownDocument, send } from '../../../support/refusals.ts';
import { bytes } from '../../../support/request-bodies.ts';

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
  it.each(onEach(changes, [changeRoute, anonymousRoute]))('%s', (_, route, text) =>
    expectRefused([422, 'invalid-change'], (api) => sendTo(api, route, text)),
  );
  it.each(Object.entries(changes))('a batch with %s', (_, text) =>
    expectRefused([422, 'invalid-change'], (api) =>
      sendTo(api, batchRoute, `{"n":2,"changes":[{"name":"merge"},${text}]}`),
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
    expectRefused([422, 'invalid-change'], (api) => sendTo(api, batchRoute, text)),
  );

  it('n = 2^53 - 1 is beyond the next', () =>
    expectRefused([409, 'sequence-gap'], (api) => sendTo(api, batchRoute, `{"n":9007199254740991,"changes":${one}}`)));

  it('2.0 and 2e0 are the number 2', async () => {
    const api = await ownDocument();
    expect((await sendTo(api, batchRoute, `{"n":2.0,"changes":${one}}`)).body.receipts).toEqual([
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
  it.each(more)('the creation %s', (text) =>
    expectRefused([422, 'unknown-kind'], (api) => sendTo(api, createRoute, text)),
  );
  it.each([...more, ...names.map((kind) => JSON.stringify({ kind }))])(
    'the creation %s of what is not there',
    async (text) => {
      const api = new Api(fresh(nextOwner()));
      expect(problemsIn(await sendTo(api, createRoute, text), 422, 'unknown-kind')).toEqual([]);
      expect(problemsIn(await api.call('GET', ''), 404, 'unknown-application')).toEqual([]);
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
