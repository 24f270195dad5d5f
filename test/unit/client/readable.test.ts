import { get as svelteGet } from 'svelte/store';
import { describe, expect, it, vi } from 'vitest';
import { readable, readableStatus } from '../../../src/client/readable.ts';
import { Clock } from './support/clock.ts';
import { notes } from './support/notes.ts';
import { CLIENTS } from './support/open.ts';
import { ServerDouble } from './support/server.ts';

describe.each(CLIENTS)('a readable of %s', (_name, open) => {
  const start = () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    return { clock, server, client: open(server, clock) };
  };

  it('calls at once, with each change, and not again with what is equal', async () => {
    const { clock, server, client } = start();
    const selector = vi.fn(({ list = [] }: { list?: string[] }) => list.filter((id) => id !== 'hidden'));
    const store = readable(client, selector);
    const [first, second] = [vi.fn(), vi.fn()];
    const ends = [store.subscribe(first), store.subscribe(second)];
    expect([first.mock.calls, selector.mock.calls.length]).toEqual([[[[]]], 1]);
    for (const [index, id] of ['a', 'hidden', 'b'].entries()) {
      server.push('other', index + 1, [{ name: 'note', args: { id } }]);
      await clock.pass(2_000);
    }
    expect(first.mock.calls).toEqual([[[]], [['a']], [['a', 'b']]]);
    expect(second.mock.calls).toEqual(first.mock.calls);
    expect([store.get() === first.mock.lastCall?.[0], svelteGet(store) === store.get()]).toEqual([true, true]);
    expect(selector).toHaveBeenCalledTimes(4);
    for (const end of ends) end();
    server.push('other', 4, [{ name: 'note', args: { id: 'c' } }]);
    await clock.pass(2_000);
    expect([first.mock.calls.length, store.get()]).toEqual([3, ['a', 'b', 'c']]);
    client.close();
  });

  it('compares as it is told to', async () => {
    const { clock, server, client } = start();
    const store = readable(
      client,
      ({ list = [] }: { list?: string[] }) => ({ count: list.length, at: {} }),
      (last, next) => last.count === next.count,
    );
    const before = store.get();
    server.push('other', 1, [{ name: 'note', args: { id: 'no!' } }]);
    await clock.pass(1_000);
    expect(store.get()).toBe(before);
    server.push('other', 2, [{ name: 'note', args: { id: 'a' } }]);
    await clock.pass(1_000);
    expect(store.get().count).toBe(1);
    client.close();
  });

  it('misses nothing that its first call causes', () => {
    const { client } = start();
    const seen: number[] = [];
    const end = readableStatus(client).subscribe(({ pending }) => {
      seen.push(pending);
      if (seen.length === 1) client.push.note({ id: 'a' }).applied.catch(() => undefined);
    });
    expect([seen[0], seen.at(-1)]).toEqual([0, 1]);
    end();
    client.close();
  });

  it('throws at once what a selector or a subscriber throws, and holds no subscription then', async () => {
    const { clock, server, client } = start();
    const failing = readable(client, () => {
      throw new Error('selector');
    });
    expect(() => failing.get()).toThrow('selector');
    expect(() => failing.subscribe(() => undefined)).toThrow('selector');
    const run = vi.fn(() => {
      throw new Error('subscriber');
    });
    expect(() => readable(client, (state) => state.list).subscribe(run)).toThrow('subscriber');
    server.push('other', 1, [{ name: 'note', args: { id: 'a' } }]);
    await clock.pass(1_000);
    expect(run).toHaveBeenCalledTimes(1);
    client.close();
  });
});
