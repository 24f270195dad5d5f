import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { patchImmutably } from '../../../../src/client/state/immutable-patch.ts';
import { shareUnchanged } from '../../../../src/client/state/share-unchanged.ts';
import type { Json } from '../../../../src/protocol/json.ts';
import type { PatchOperation } from '../../../../src/protocol/patch.ts';
import { holds } from '../../../support/property.ts';
import { anyJson, anyState, clone, KEYS } from '../../core/model.ts';
import { Clock } from '../support/clock.ts';
import { notes } from '../support/notes.ts';
import { CLIENTS } from '../support/open.ts';
import { ServerDouble } from '../support/server.ts';

const isContainer = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** The places at which both hold the same text, and not the same object. */
const unshared = (last: unknown, next: unknown, path = ''): string[] => {
  if (last === next || !isContainer(last) || !isContainer(next)) return [];
  if (JSON.stringify(last) === JSON.stringify(next)) return [path];
  if (Array.isArray(last) !== Array.isArray(next)) return [];
  if (Array.isArray(last) && Array.isArray(next) && last.length !== next.length) return [];
  return Object.keys(next).flatMap((key) =>
    Object.hasOwn(last, key) ? unshared(last[key], next[key], `${path}/${key}`) : [],
  );
};

const deepFreeze = <Value>(value: Value): Value => {
  if (isContainer(value)) for (const each of Object.values(Object.freeze(value))) deepFreeze(each);
  return value;
};

/** Two states, mostly alike. */
const pair = fc.oneof(
  fc.tuple(anyState, anyState),
  anyState.map((state) => [state, clone(state)] as const),
  fc
    .tuple(
      fc.dictionary(fc.constantFrom(...KEYS), anyJson, { noNullPrototype: true }),
      anyJson,
      fc.constantFrom(...KEYS),
    )
    .map(([state, value, key]) => [clone(state), clone({ ...state, [key]: value })] as const),
);

const LIST = [{ id: 'a' }, { id: 'b' }, { id: 'c' }, { id: 'd' }];

describe('a whole state that comes', () => {
  it('shares with the last one what is the same, is the same text, and changes neither', () => {
    holds(
      fc.property(pair, ([last, next]) => {
        const texts = [JSON.stringify(last), JSON.stringify(next)];
        const shared = shareUnchanged(deepFreeze(last), deepFreeze(next));
        expect(JSON.stringify(shared)).toBe(texts[1]);
        expect([JSON.stringify(last), JSON.stringify(next)]).toEqual(texts);
        expect(unshared(last, shared)).toEqual([]);
      }),
    );
  });

  it.each<[string, PatchOperation[], number[]]>([
    ['is added at the end', [{ op: 'add', path: '/4', value: { id: 'e' } }], [0, 1, 2, 3, -1]],
    ['is added in front', [{ op: 'add', path: '/0', value: { id: 'e' } }], [-1, 0, 1, 2, 3]],
    ['is added between', [{ op: 'add', path: '/2', value: { id: 'e' } }], [0, 1, -1, 2, 3]],
    ['is removed', [{ op: 'remove', path: '/1' }], [0, 2, 3]],
    ['is removed in front', [{ op: 'remove', path: '/0' }], [1, 2, 3]],
    ['is another one', [{ op: 'replace', path: '/1/id', value: 'x' }], [0, -1, 2, 3]],
  ])('keeps the other elements of an array when one %s', (_name, patch, from) => {
    const next = clone(patchImmutably(LIST, patch) as typeof LIST);
    const shared = shareUnchanged(LIST, next) as typeof LIST;
    expect(shared).toEqual(next);
    expect(shared.map((each) => LIST.indexOf(each))).toEqual(from);
  });

  it('has the order of the members that came', () => {
    const last = { a: { x: 1 }, b: { y: 1 } };
    const shared = shareUnchanged(last, { b: { y: 1 }, a: { x: 1 } }) as typeof last;
    expect(Object.keys(shared)).toEqual(['b', 'a']);
    expect([shared.a === last.a, shared.b === last.b]).toEqual([true, true]);
  });

  it('ends in nested arrays that have all grown or shrunk: not twice the work for each level', () => {
    const nest = (isLong: (depth: number) => boolean): Json => {
      let value: Json = 'leaf';
      for (let depth = 0; depth < 60; depth += 1) value = isLong(depth) ? [[depth], value] : [value];
      return value;
    };
    const [last, next] = [nest((depth) => depth % 2 === 0), nest((depth) => depth % 2 === 1)];
    expect(shareUnchanged(last, next)).toEqual(next);
  });
});

describe.each(CLIENTS)('an identity, in %s', (_name, open) => {
  const shown = (client: ReturnType<typeof open>): unknown[] => [client.state, client.state.list, client.state.by];

  it.each(['a resync', 'an import'])('outlives %s', async (why) => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const client = open(server, clock);
    client.push.note({ id: 'a' });
    client.push.note({ id: 'b' });
    await clock.pass(1_000);
    const before = shown(client);
    let notified = 0;
    client.subscribe(
      ({ list }) => list,
      () => {
        notified += 1;
      },
    );
    if (why === 'an import') server.restore(2, 'as now');
    else {
      server.push('other', 1, [{ name: 'note', args: { id: 'no!' } }]);
      server.forgetHistory();
    }
    const { states } = server.seen;
    await clock.pass(2_000);
    expect([client.status.version, client.status.epoch]).toEqual([server.version, server.epoch]);
    expect(server.seen.states).toBe(states + 1);
    expect(shown(client).map((part, index) => part === before[index])).toEqual([true, true, true]);
    server.push('other', why === 'an import' ? 1 : 2, [{ name: 'clear', args: {} }]);
    server.forgetHistory();
    await clock.pass(2_000);
    expect([client.state, notified]).toEqual([{ list: [], by: {} }, 1]);
    client.close();
  });
});
