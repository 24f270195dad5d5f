import { createCollection, createTransaction } from '@tanstack/db';
import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import { createClient } from '../../../src/client/client.ts';
import { createLightClient } from '../../../src/client/light-client.ts';
import type { Client } from '../../../src/client/open-client.ts';
import { defineApplication } from '../../../src/core/define-application.ts';
import type { StateOf } from '../../../src/core/definition.ts';
import { reject } from '../../../src/core/json/problem-error.ts';
import { PROBLEMS } from '../../../src/protocol/problems.ts';
import { changebucketCollectionOptions, type RowOf } from '../../../src/tanstack-db/collection-options.ts';
import { type FakeServer, fakeServer } from '../../../src/testing/index.ts';
import { PATIENT } from '../../support/patience.ts';

interface Item {
  text: string;
  done: boolean;
}

const Id = v.pipe(v.string(), v.minLength(1));

const board = defineApplication({
  name: 'board',
  version: 1,
  initial: { items: {}, tags: {} } as { items: Record<string, Item>; tags: Record<string, { color: string }> },
  changes: (change) => ({
    add: change(v.object({ id: Id, text: v.string() }), (state, { id, text }) => {
      if (state.items[id] !== undefined) reject('exists', 'There is one.');
      if (text === 'no') reject('not-this', 'Not this one.');
      state.items[id] = { text: text.trim(), done: false };
    }),
    finish: change(v.object({ id: Id, done: v.boolean() }), (state, { id, done }) => {
      const item = state.items[id] ?? reject('unknown', 'There is none.');
      item.done = done;
    }),
    remove: change(v.object({ id: Id }), (state, { id }) => {
      delete state.items[id];
    }),
    paint: change(v.object({ id: Id, color: v.string() }), (state, { id, color }) => {
      state.tags[id] = { color };
    }),
  }),
});

const itemsOf = (client: Client<typeof board>) =>
  createCollection(
    changebucketCollectionOptions({
      client,
      select: (state) => state.items,
      push: (push, { type, key, modified }) => {
        if (type === 'insert') push.add({ id: key, text: modified.text });
        else if (type === 'update') push.finish({ id: key, done: modified.done });
        else push.remove({ id: key });
      },
    }),
  );

const tagsOf = (client: Client<typeof board>) =>
  createCollection(
    changebucketCollectionOptions({
      client,
      key: 'name',
      select: (state) => state.tags,
      push: (push, { key, modified }) => push.paint({ id: key, color: modified.color }),
    }),
  );

type BoardState = StateOf<typeof board>;

/** The part of a client that a collection reads. */
class ClientDouble {
  readonly listeners: (() => void)[] = [];
  readonly status = { loaded: true };
  state: BoardState;

  constructor(state: BoardState) {
    this.state = state;
  }

  show(state: BoardState): void {
    this.state = state;
    for (const listener of this.listeners) listener();
  }

  subscribe(select: (state: BoardState) => unknown, listener: (selected: unknown) => void): () => void {
    const notify = (): void => listener(select(this.state));
    this.listeners.push(notify);
    return () => void this.listeners.splice(this.listeners.indexOf(notify), 1);
  }

  subscribeStatus(listener: () => void): () => void {
    return this.subscribe(() => undefined, listener);
  }
}

const item = (id: string, text = id) => ({ id, text, done: false });

describe('a collection of TanStack DB', () => {
  let server: FakeServer<typeof board>;
  let client: Client<typeof board>;
  let items: ReturnType<typeof itemsOf>;
  /** What subscribers of the collection saw: after each notification, all texts in it. */
  let seen: string[];

  beforeEach(async () => {
    server = fakeServer(board);
    server.push({ name: 'add', args: { id: 'milk', text: 'Milk' } });
    client = server.client('alice');
    items = itemsOf(client);
    seen = [];
    items.subscribeChanges(() => void seen.push(texts().join()));
    await items.preload();
  });
  afterEach(async () => {
    await items.cleanup();
    server.close();
  });

  const texts = (): string[] =>
    [...items.values()].map(({ id, text, done }) => `${id}:${text}${done ? '!' : ''}`).sort();

  it('has a keyed part of the state as rows, is ready when it is loaded, and follows it', async () => {
    expect([items.status, texts()]).toEqual(['ready', ['milk:Milk']]);
    server.push({ name: 'add', args: { id: 'tea', text: 'Tea' } });
    server.push({ name: 'finish', args: { id: 'milk', done: true } });
    await server.settle();
    expect(texts()).toEqual(['milk:Milk!', 'tea:Tea']);
    server.push({ name: 'remove', args: { id: 'milk' } });
    await server.settle();
    expect(texts()).toEqual(['tea:Tea']);
  });

  it('makes one atomic change of one transaction, completed when `confirmed` has it; rows never flicker', async () => {
    const transaction = items.insert([item('tea', ' Tea '), item('rice')]);
    expect(texts()).toEqual(['milk:Milk', 'rice:rice', 'tea: Tea ']);
    expect([client.status.pending, client.confirmed?.items['tea']]).toEqual([2, undefined]);
    await transaction.isPersisted.promise;
    expect(client.confirmed?.items['tea']).toEqual({ text: 'Tea', done: false });
    expect(texts()).toEqual(['milk:Milk', 'rice:rice', 'tea:Tea']);
    await server.settle();
    expect(server.outcomes.map(({ status }) => status)).toEqual(['applied', 'applied', 'applied']);
    // As soon as they were shown, no notification was without the new rows.
    expect(seen.slice(seen.findIndex((each) => each.includes('rice'))).every((each) => /rice.*tea/.test(each))).toBe(
      true,
    );
  });

  it('rolls a rejected transaction back as a whole, with the problem', async () => {
    const transaction = items.insert([item('tea'), item('bad', 'no')]);
    expect(texts()).toContain('bad:no');
    await expect(transaction.isPersisted.promise).rejects.toMatchObject({
      name: 'change-refused',
      problem: { reason: 'not-this', index: 1 },
    });
    expect([transaction.state, texts(), server.state.items]).toEqual([
      'failed',
      ['milk:Milk'],
      { milk: { text: 'Milk', done: false } },
    ]);
  });

  it('keeps two transactions apart while both are on their way', async () => {
    server.slow(40);
    const first = items.insert(item('a'));
    const second = items.update('milk', (draft) => {
      draft.done = true;
    });
    await first.isPersisted.promise;
    expect(texts()).toEqual(['a:a', 'milk:Milk!']);
    await second.isPersisted.promise;
    expect(texts()).toEqual(['a:a', 'milk:Milk!']);
    expect(seen.every((each) => !each.includes('a:a') || each.includes('Milk'))).toBe(true);
    const both = seen.indexOf('a:a,milk:Milk!');
    expect(new Set(seen.slice(both))).toEqual(new Set(['a:a,milk:Milk!']));
  });

  it('takes a transaction over two collections of one client, and of no other', async () => {
    const tags = tagsOf(client);
    await tags.preload();
    const mixed = createTransaction({ mutationFn: items.utils.mutationFn });
    mixed.mutate(() => {
      items.delete('milk');
      items.insert(item('tea'));
      tags.insert({ name: 'tea', color: 'red' });
    });
    await mixed.isPersisted.promise;
    expect([server.state.items, server.state.tags]).toEqual([
      { tea: { text: 'tea', done: false } },
      { tea: { color: 'red' } },
    ]);
    expect([...tags.values()].map(({ name, color }) => [name, color])).toEqual([['tea', 'red']]);
    const foreign = tagsOf(server.client('bob'));
    await foreign.preload();
    const wrong = createTransaction({ mutationFn: items.utils.mutationFn });
    expect(() => wrong.mutate(() => foreign.insert({ name: 'x', color: 'blue' }))).not.toThrow();
    await expect(wrong.isPersisted.promise).rejects.toThrow(/collections of one client/);
    await Promise.all([tags.cleanup(), foreign.cleanup()]);
  });

  it('gives `push` the row of before, typed where there is one, and rows the member that `key` names', async () => {
    const seen: unknown[] = [];
    const tags = createCollection(
      changebucketCollectionOptions({
        client,
        key: 'name',
        select: (state) => state.tags,
        push: (push, { type, key, original, modified }) => {
          expectTypeOf(key).toEqualTypeOf<string>();
          expectTypeOf(modified).toEqualTypeOf<RowOf<{ color: string }, 'name'>>();
          if (type === 'insert') expectTypeOf(original).toEqualTypeOf<Record<never, never>>();
          else expectTypeOf(original).toEqualTypeOf<RowOf<{ color: string }, 'name'>>();
          seen.push(type === 'insert' ? [type, original] : [type, original.name, original.color]);
          push.paint({ id: key, color: modified.color });
        },
      }),
    );
    await tags.preload();
    await tags.insert({ name: 'tea', color: 'red' }).isPersisted.promise;
    const painted = tags.update('tea', (draft) => {
      draft.color = 'blue';
    });
    await painted.isPersisted.promise;
    expect(seen).toEqual([
      ['insert', {}],
      ['update', 'tea', 'red'],
    ]);
    // @ts-expect-error: the member is `name`, no other
    expect(tags.get('tea')?.other).toBeUndefined();
    await tags.cleanup();
  });

  it('shows offline changes of the client at once, and what was pushed past it', async () => {
    server.offline('alice');
    const transaction = items.insert(item('tea'));
    expect(texts()).toEqual(['milk:Milk', 'tea:tea']);
    const other = itemsOf(client);
    other.startSyncImmediate();
    expect([...other.keys()].sort()).toEqual(['milk', 'tea']);
    server.online('alice');
    await transaction.isPersisted.promise;
    client.push.add({ id: 'rice', text: 'Rice' });
    expect(texts()).toEqual(['milk:Milk', 'rice:Rice', 'tea:tea']);
    await other.cleanup();
  });

  it('begins anew after it was cleaned up, and hears nothing meanwhile', async () => {
    await items.cleanup();
    server.push({ name: 'add', args: { id: 'tea', text: 'Tea' } });
    await server.settle();
    expect(items.status).toBe('cleaned-up');
    await items.preload();
    expect(texts()).toEqual(['milk:Milk', 'tea:Tea']);
  });

  it('replaces its rows when another history begins: what is the same stays, without a moment of nothing', async () => {
    const milk = { text: 'Milk', done: false };
    const double = new ClientDouble({ items: { milk, tea: milk }, tags: {} });
    const rows = itemsOf(double as unknown as Client<typeof board>);
    const counts: number[] = [];
    const changed: unknown[] = [];
    rows.subscribeChanges(
      (changes) => {
        changed.push(...changes.map(({ type, key }) => `${type} ${key}`));
        counts.push(rows.size);
      },
      { includeInitialState: true },
    );
    await rows.preload();
    changed.length = 0;
    counts.length = 0;
    double.show({ items: { milk, oat: milk }, tags: {} });
    expect([[...rows.keys()].sort(), changed.sort(), counts]).toEqual([
      ['milk', 'oat'],
      ['delete tea', 'insert oat'],
      [2],
    ]);
    await rows.cleanup();
    expect(double.listeners).toHaveLength(0);
  });

  it('has the status `error` from when the right to read is lost until it is back, also without any row', async () => {
    const own = fakeServer(board);
    const { fetch: reach, ...connection } = own.connection('alice');
    let isForbidden = true;
    const [status, title] = PROBLEMS.forbidden;
    const refusal = JSON.stringify({ type: 'urn:changebucket:problem:forbidden', title, status, detail: '' });
    const fetch: typeof reach = async (...request) =>
      isForbidden ? new Response(refusal, { status }) : reach(...request);
    const reader = createClient({ ...connection, fetch, definition: board, transport: 'poll', interval: 10 });
    const rows = itemsOf(reader);
    await expect(rows.preload()).rejects.toMatchObject({ problem: { status: 403 } });
    isForbidden = false;
    // Nobody has changed anything: the rows are those of before.
    await vi.waitFor(() => expect([rows.status, rows.size]).toEqual(['ready', 0]), PATIENT);
    own.push({ name: 'add', args: { id: 'tea', text: 'Tea' } });
    await vi.waitFor(() => expect(rows.size).toBe(1), PATIENT);
    isForbidden = true;
    await vi.waitFor(() => expect(rows.status).toBe('error'), PATIENT);
    expect(rows.toArray).toEqual([]);
    isForbidden = false;
    await vi.waitFor(() => expect(rows.status).toBe('ready'), PATIENT);
    await vi.waitFor(() => expect([...rows.keys()]).toEqual(['tea']), PATIENT);
    await rows.cleanup();
    reader.close();
    own.close();
  });

  it('is ready without a row over a light client that knows no state yet', async () => {
    const own = fakeServer(board);
    const light = createLightClient<typeof board>({ ...own.connection('alice'), kind: 'board', interval: 10 });
    const lengths = createCollection(
      changebucketCollectionOptions({
        client: light,
        // `{}` has no items to list.
        select: ({ items: all }) => Object.fromEntries(Object.keys(all).map((id) => [id, { length: id.length }])),
        push: () => undefined,
      }),
    );
    await lengths.preload();
    expect([lengths.status, lengths.size]).toEqual(['ready', 0]);
    own.push({ name: 'add', args: { id: 'tea', text: 'Tea' } });
    await vi.waitFor(() => expect(lengths.get('tea')).toMatchObject({ id: 'tea', length: 3 }), PATIENT);
    await lengths.cleanup();
    light.close();
    own.close();
  });

  it('takes other options of TanStack DB beside its own', async () => {
    const options = changebucketCollectionOptions({ client, select: (state) => state.items, push: () => undefined });
    const rows = createCollection({ ...options, startSync: true, gcTime: 60_000 });
    expect([rows.status, rows.get('milk')?.text]).toEqual(['ready', 'Milk']);
    const ignored = rows.insert(item('tea'));
    await expect(ignored.isPersisted.promise).rejects.toMatchObject({ name: 'batch-misused' });
    expect([...rows.keys()]).toEqual(['milk']);
    await rows.cleanup();
  });

  it('works over the light client: rows change when they are confirmed', async () => {
    const connection = server.connection('alice');
    const light = createLightClient<typeof board>({ ...connection, kind: 'board', interval: 20 });
    const rows = createCollection(
      changebucketCollectionOptions({
        client: light,
        select: (state) => state.items,
        push: (push, { key, modified }) => push.add({ id: key, text: modified.text }),
      }),
    );
    await rows.preload();
    await rows.insert(item('tea')).isPersisted.promise;
    expect([...rows.keys()].sort()).toEqual(['milk', 'tea']);
    await rows.cleanup();
    light.close();
  });
});
