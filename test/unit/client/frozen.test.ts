import { createCollection } from '@tanstack/db';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { createClient } from '../../../src/client/client.ts';
import type { LightClient } from '../../../src/client/client-api.ts';
import { createPollingClient } from '../../../src/client/polling-client.ts';
import { PeerStore } from '../../../src/client/presence/peers.ts';
import { readable } from '../../../src/client/readable.ts';
import { seedOf } from '../../../src/client/seed-of.ts';
import { replayLog } from '../../../src/client/storage/state-log.ts';
import { memoryStorage } from '../../../src/client/storage/storage.ts';
import { defineApplication } from '../../../src/core/define-application.ts';
import type { Definition } from '../../../src/core/definition.ts';
import type { ChangeRequest } from '../../../src/core/inverse.ts';
import { changebucketCollectionOptions } from '../../../src/tanstack-db/collection-options.ts';
import { fakeServer } from '../../../src/testing/index.ts';
import { Clock, Page } from './support/clock.ts';
import { networkTo } from './support/network.ts';
import { notes } from './support/notes.ts';
import { CLIENTS, openNotes } from './support/open.ts';
import { ServerDouble } from './support/server.ts';

interface Item {
  text: string;
  tags: string[];
}
type State = { items: Record<string, Item>; order: string[] };

const shopping = defineApplication({
  name: 'shopping',
  version: 1,
  initial: { items: { first: { text: 'First', tags: [] } }, order: ['first'] } as State,
  changes: (change) => ({
    add: change(v.object({ id: v.string(), tags: v.array(v.string()) }), (state, { id, tags }) => {
      state.items[id] = { text: id, tags };
      state.order.unshift(id);
    }),
    rename: change(v.object({ id: v.string(), text: v.string() }), (state, { id, text }) => {
      const item = state.items[id];
      if (item !== undefined) item.text = text;
    }),
  }),
});

/** The JSON Pointers of what somebody could change. */
const unfrozen = (value: unknown, pointer = ''): string[] => {
  if (typeof value !== 'object' || value === null) return [];
  const inside = Object.entries(value).flatMap(([key, each]) => unfrozen(each, `${pointer}/${key}`));
  return Object.isFrozen(value) ? inside : [pointer, ...inside];
};

/** Where somebody could change what a client hands out of its state. */
const changeable = <Kind extends Definition>(client: LightClient<Kind>): string[] => {
  const { state, confirmed, initialState, held } = client;
  const selected = readable(client, (all) => all).get();
  expect(Object.isFrozen(client.status)).toBe(true);
  return [state, confirmed, initialState, seedOf(client).state, selected, ...held].flatMap((each) => unfrozen(each));
};

const shop = () => {
  const [clock, server] = [new Clock(), new ServerDouble(shopping)];
  const options = () => ({
    url: 'http://double.test',
    application: 'alice/notes',
    definition: shopping,
    fetch: networkTo(server, clock),
    environment: new Page(clock).environment,
  });
  let n = 0;
  const push = (name: string, args: ChangeRequest['args']) => {
    n += 1;
    server.push('other', n, [{ name, args }]);
  };
  return { clock, server, options, push };
};

describe.each([
  ['createClient', createClient<typeof shopping>],
  ['createPollingClient', createPollingClient<typeof shopping>],
])('what %s hands out', (_name, create) => {
  it('throws at each write, whichever way it came, and the stored state stays that of the server', async () => {
    const { clock, server, options, push } = shop();
    const storage = memoryStorage();
    const client = create({ ...options(), transport: 'poll', storage });
    const views: unknown[] = [];
    client.subscribe(
      (state) => state,
      (state) => views.push(state),
    );
    expect(changeable(client), 'at first').toEqual([]);
    push('add', { id: 'theirs', tags: ['a', 'b'] });
    await clock.pass(1_000);
    client.push.add({ id: 'own', tags: ['c'] });
    client.push.rename({ id: 'theirs', text: 'Renamed' });
    expect(changeable(client), 'while changes are pending').toEqual([]);
    push('rename', { id: 'first', text: 'By a patch' });
    await clock.pass(3_000);
    expect(changeable(client), 'after a patch').toEqual([]);
    expect(views.flatMap((each) => unfrozen(each))).toEqual([]);
    expect(views.length).toBeGreaterThan(2);
    const item = client.state.items['theirs'] as Item;
    expect(() => {
      item.text = 'HACK';
    }).toThrow(TypeError);
    expect(() => item.tags.push('HACK')).toThrow(TypeError);
    expect(() => delete (client.confirmed as State).items['first']).toThrow(TypeError);
    push('add', { id: 'last', tags: [] });
    await clock.pass(5_000);
    expect(client.state).toEqual(server.state);
    const { etag } = client;
    client.close();
    await clock.pass(10);
    const next = create({ ...options(), fetch: () => new Promise(() => undefined), storage, subject: '' });
    await clock.pass(10);
    expect([next.state, next.etag]).toEqual([server.state, etag]);
    expect(changeable(next), 'from the store').toEqual([]);
    next.close();
  });
});

describe.each(CLIENTS)('%s', (_name, open) => {
  it('keeps the whole states, patches and epochs that it hands out frozen', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const client = open(server, clock);
    server.push('other', 1, [{ name: 'note', args: { id: 'a' } }]);
    await clock.pass(1_000);
    server.push('other', 2, [{ name: 'note', args: { id: 'b' } }]);
    client.push.note({ id: 'c' });
    await clock.pass(1_000);
    expect(client.state).toEqual(server.state);
    expect(changeable(client)).toEqual([]);
    server.restore(1);
    await clock.pass(3_000);
    expect(client.state).toEqual(server.state);
    expect(changeable(client)).toEqual([]);
    client.close();
  });

  it('throws what JavaScript says of it for a selector that sorts in place, and shows the right order', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const client = open(server, clock);
    for (const [index, id] of ['c', 'a', 'b'].entries())
      server.push('other', index + 1, [{ name: 'note', args: { id } }]);
    await clock.pass(1_000);
    const sorting = ({ list }: { list: string[] }) => list.sort();
    expect(() => readable(client, sorting).get()).toThrow(/^Cannot assign to read only property '0' of object/);
    expect(() => client.subscribe(sorting, () => undefined)).toThrow(TypeError);
    expect(readable(client, ({ list }) => list.toSorted()).get()).toEqual(['a', 'b', 'c']);
    expect([client.state.list, client.confirmed?.list]).toEqual([
      ['c', 'a', 'b'],
      ['c', 'a', 'b'],
    ]);
    client.close();
  });

  it('copies a seed: the page may change its own afterwards', () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const state = { list: ['seeded'], by: {} };
    const client = open(server, clock, { seed: { state, etag: '"e1.1"' } });
    state.list.push('later');
    expect([client.state.list, client.initialState.list]).toEqual([['seeded'], ['seeded']]);
    expect(changeable(client)).toEqual([]);
    client.close();
  });
});

describe('what leaves the client beside its state', () => {
  it('args of changes are copies: neither an inverse nor a page changes what is sent', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const errors: unknown[] = [];
    const client = openNotes(server, clock, {
      inverse: (change, { before, after, operations }) => {
        Object.assign(change.args as object, { id: 'HACK' });
        errors.push(...[before, after, operations].flatMap((each) => unfrozen(each)));
        return { name: 'clear', args: {} };
      },
    });
    client.push.note({ id: 'mine' });
    expect(client.undoDepth).toBe(1);
    await clock.pass(1_000);
    client.push.note({ id: 'second' });
    expect(client.undoDepth).toBe(2);
    await clock.pass(1_000);
    expect([server.log.map(({ args }) => args), client.undoDepth, errors]).toEqual([
      [{ id: 'mine' }, { id: 'second' }],
      2,
      [],
    ]);
    client.close();
  });

  it('a held change cannot be made another one', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const network = networkTo(server, clock);
    let isBlocking = true;
    const blocking: typeof fetch = (input, init) =>
      isBlocking && String(init?.body).includes('blocked')
        ? Promise.resolve(new Response('no', { status: 403 }))
        : network(input, init);
    const client = openNotes(server, clock, { fetch: blocking });
    client.push.note({ id: 'blocked' });
    await clock.pass(60_000);
    expect([client.held.length, changeable(client)]).toEqual([1, []]);
    expect(() => Object.assign(client.held[0]?.args as object, { id: 'HACK' })).toThrow(TypeError);
    isBlocking = false;
    client.retryHeld();
    await clock.pass(5_000);
    expect(server.state).toMatchObject({ list: ['blocked'] });
    client.close();
  });

  it('peers', () => {
    const store = new PeerStore();
    expect(unfrozen(store.peers)).toEqual([]);
    store.update({ self: 'a', peers: [{ peer: 'a', user: 'ann', data: { cursor: [1, 2] }, ttl: 30 }] });
    expect([store.peers.peers.length, unfrozen(store.peers)]).toEqual([1, []]);
  });

  it('what a fake server says that its changes did: it sends that to its clients', async () => {
    const server = fakeServer(shopping);
    const client = server.client('ann');
    await client.push.add({ id: 'x', tags: ['t'] }).applied;
    await server.settle();
    const [outcome] = server.outcomes;
    expect([outcome?.status, unfrozen(outcome?.status === 'applied' && outcome.patch)]).toEqual(['applied', []]);
    expect([changeable(client), client.state]).toEqual([[], server.state]);
    server.close();
  });

  it('rows of TanStack DB, of which it makes drafts all the same', async () => {
    const server = fakeServer(shopping);
    const client = server.client('ann');
    const modifiedTags: string[][] = [];
    const rows = createCollection(
      changebucketCollectionOptions({
        client,
        select: (state) => state.items,
        push: (push, { key, modified }) => {
          modifiedTags.push(modified.tags);
          push.add({ id: key, tags: modified.tags });
        },
      }),
    );
    await rows.preload();
    expect(() => rows.get('first')?.tags.push('HACK')).toThrow(TypeError);
    const { isPersisted } = rows.update('first', (draft) => {
      draft.tags.push('new');
    });
    await isPersisted.promise;
    expect([modifiedTags, rows.get('first')?.tags, client.confirmed?.items['first']?.tags]).toEqual([
      [['new']],
      ['new'],
      ['new'],
    ]);
    await rows.cleanup();
    server.close();
  });

  it('a state that was read from the store, with the patches behind it', () => {
    const stored = { epoch: 'e1', version: 1, text: ['{"a":{"b":[1]},', '"c":[{}]}'] };
    const patch = JSON.stringify([{ op: 'add', path: '/a/d', value: { e: [] } }]);
    const { state } = replayLog(stored, [{ from: 1, to: 2, text: patch }]);
    expect([state, unfrozen(state)]).toEqual([{ a: { b: [1], d: { e: [] } }, c: [{}] }, []]);
  });

  it('the initial state of a definition that always returns the same object is left as it is', () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const own = { list: [], by: {} };
    const client = openNotes(server, clock, { definition: { ...notes, initial: () => own } });
    expect([changeable(client), Object.isFrozen(own)]).toEqual([[], false]);
    client.close();
  });
});
