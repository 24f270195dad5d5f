import * as v from 'valibot';
import { afterEach, describe, expect, it } from 'vitest';
import { defineApplication } from '../../../src/core/define-application.ts';
import { reject } from '../../../src/core/json/problem-error.ts';
import type { Json } from '../../../src/protocol/json.ts';
import { type FakeServer, fakeServer, replay, run } from '../../../src/testing/index.ts';

const visits = defineApplication({
  name: 'visits',
  version: 1,
  initial: { seen: [] as { role: string; plan: Json }[] },
  claims: ['plan'],
  changes: (change) => ({
    visit: change(v.object({}), (state, _, { role, claims }) => {
      if (Object.keys(claims).some((name) => name !== 'plan')) reject('too-many', 'Other claims are here.');
      state.seen.push({ role, plan: claims.plan ?? 'none' });
    }),
  }),
});

describe('role and claims in tests', () => {
  let server: FakeServer<typeof visits>;
  afterEach(() => server?.close());

  it.each([run, replay])(
    '[D14] %o gives those of each change, or else of the whole call, of those that are listed',
    (apply) => {
      const changes = [
        { name: 'visit' },
        { name: 'visit', role: 'admin', claims: { plan: 'pro', other: 1 } },
        { name: 'visit', claims: {} },
      ] as const;
      const { state } = apply(visits, changes, { claims: { plan: 'free' } });
      expect(state.seen).toEqual([
        { role: 'writer', plan: 'free' },
        { role: 'admin', plan: 'pro' },
        { role: 'writer', plan: 'none' },
      ]);
    },
  );

  it('[D14] a client shows what the server makes of its token, over a socket and over polls', async () => {
    server = fakeServer(visits);
    const alice = server.client('alice', { claims: { plan: 'pro' } });
    const bob = server.client('bob', { claims: { plan: 'team', other: 1 }, transport: 'poll' });
    const eve = server.client('eve', { role: 'admin' });
    await server.settle();
    for (const client of [alice, bob, eve]) client.push.visit();
    const shown = [alice, bob, eve].map((client) => client.state.seen.at(-1));
    const expected = [
      { role: 'admin', plan: 'pro' },
      { role: 'writer', plan: 'team' },
      { role: 'admin', plan: 'none' },
    ];
    expect(shown).toEqual(expected);
    await server.settle();
    expect(server.state.seen).toHaveLength(3);
    expect(server.state.seen).toEqual(expect.arrayContaining(expected));
    expect(server.push({ name: 'visit', claims: { plan: 'elsewhere' } }).status).toBe('applied');
    expect(server.state.seen.at(-1)).toEqual({ role: 'writer', plan: 'elsewhere' });
  });
});

it('a claim that no token can have is refused with the definition', () => {
  const define = (claims: readonly string[]) => () =>
    defineApplication({ name: 'x', version: 1, initial: 0, claims, changes: () => ({}) });
  expect(define(['__proto__'])).toThrow(/x: "__proto__" can be no claim/);
  expect(define([1 as unknown as string])).toThrow(TypeError);
  expect(define(['plan'])().claims).toEqual(['plan']);
});
