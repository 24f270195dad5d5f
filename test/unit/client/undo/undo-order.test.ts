import { describe, expect, it, vi } from 'vitest';
import { document } from '../../../../src/applications/document.ts';
import { createClient } from '../../../../src/client/client.ts';
import { type ClientStorage, memoryStorage } from '../../../../src/client/storage/storage.ts';
import type { Json } from '../../../../src/protocol/json.ts';
import { Clock, Page } from '../support/clock.ts';
import { networkTo } from '../support/network.ts';
import { notes } from '../support/notes.ts';
import { openNotes } from '../support/open.ts';
import { ServerDouble } from '../support/server.ts';

// Undo against the order of the server: what somebody else did may have come before, unseen.

const setUp = (first: Json) => {
  const [clock, server] = [new Clock(), new ServerDouble(document)];
  server.push('setup', 1, [{ name: 'merge', args: first }]);
  let n = 0;
  const other = (args: Json): void => {
    n += 1;
    server.push('other', n, [{ name: 'merge', args }]);
  };
  let isBlocked = (_body: string): boolean => false;
  const network = networkTo(server, clock);
  const open = (page = new Page(clock), storage: ClientStorage = memoryStorage()) =>
    createClient({
      url: 'http://double.test',
      application: 'alice/doc',
      transport: 'poll',
      interval: 3_000,
      storage,
      fetch: (input, init) =>
        isBlocked(String(init?.body)) ? Promise.resolve(new Response('no', { status: 403 })) : network(input, init),
      environment: page.environment,
    });
  /** A proxy that refuses pushes of these bodies. */
  const block = (next: typeof isBlocked): void => {
    isBlocked = next;
  };
  return { clock, server, other, open, block };
};

const endOf = (applied: Promise<unknown> | undefined): Promise<unknown> | undefined =>
  applied?.then(
    () => 'applied',
    (error: { problem: { type: string } }) => error.problem.type,
  );

describe('an undo of a change that a proxy blocks', () => {
  it.each(['retryHeld', 'dropHeld'] as const)(
    'is held with it and stops nothing behind it, until `%s`',
    async (end) => {
      const { clock, server, open, block } = setUp({ title: 'zero' });
      block((body) => body.includes('DROP TABLE'));
      const client = open();
      await clock.pass(1_000);
      client.push.merge({ title: 'DROP TABLE' }).applied.catch(() => undefined);
      const undone = endOf(client.undo()?.applied);
      const redone = endOf(client.redo()?.applied);
      client.push.merge({ note: 'behind' });
      await clock.pass(60_000);
      expect([client.held.length, client.status.pending]).toEqual([1, 3]);
      expect(server.state).toEqual({ title: 'zero', note: 'behind' });
      block(() => false);
      client[end]();
      await clock.pass(10_000);
      const isRetried = end === 'retryHeld';
      const problem = 'about:blank';
      expect([await undone, await redone]).toEqual(isRetried ? ['applied', 'applied'] : [problem, problem]);
      expect(server.state).toEqual({ title: isRetried ? 'DROP TABLE' : 'zero', note: 'behind' });
      expect([client.state, client.status.pending]).toEqual([server.state, 0]);
      client.close();
    },
  );
});

describe('an undo', () => {
  it('brings back what somebody else had written unseen, after the change was confirmed', async () => {
    const { clock, server, other, open } = setUp({ title: 'zero' });
    const client = open();
    await clock.pass(1_000);
    other({ title: 'theirs' });
    client.push.merge({ title: 'mine' });
    await clock.pass(5_000);
    expect([client.state, client.undoDepth]).toEqual([{ title: 'mine' }, 1]);
    const end = endOf(client.undo()?.applied);
    await clock.pass(5_000);
    expect([await end, server.state, client.state]).toEqual(['applied', { title: 'theirs' }, { title: 'theirs' }]);
    client.redo();
    await clock.pass(5_000);
    expect([server.state, client.state, client.redoDepth]).toEqual([{ title: 'mine' }, { title: 'mine' }, 0]);
    client.close();
  });

  it('brings it back also when it is undone in the same turn, and what follows stays behind it', async () => {
    const { clock, server, other, open } = setUp({ title: 'zero' });
    const client = open();
    await clock.pass(1_000);
    other({ title: 'theirs' });
    client.push.merge({ title: 'mine' });
    const end = endOf(client.undo()?.applied);
    client.push.merge({ later: 1 });
    // It shows at once, as predicted.
    expect([client.state, client.status.pending]).toEqual([{ title: 'zero', later: 1 }, 3]);
    await clock.pass(10_000);
    expect(await end).toBe('applied');
    expect([server.state, client.state]).toEqual([
      { title: 'theirs', later: 1 },
      { title: 'theirs', later: 1 },
    ]);
    expect(server.log.filter(({ client: who }) => who.length > 6).map(({ name }) => name)).toEqual([
      'merge',
      'revert',
      'merge',
    ]);
    client.close();
  });

  it('deletes nothing when the change was made before the first state came', async () => {
    const { clock, server, open } = setUp({ title: 'Old', keep: 1 });
    const client = open();
    client.push.merge({ title: 'New' });
    const end = endOf(client.undo()?.applied);
    await clock.pass(10_000);
    expect([await end, server.state]).toEqual(['applied', { title: 'Old', keep: 1 }]);
    client.push.merge({ title: 'Newer' });
    await clock.pass(5_000);
    client.undo();
    await clock.pass(5_000);
    expect([server.state, client.state]).toEqual([
      { title: 'Old', keep: 1 },
      { title: 'Old', keep: 1 },
    ]);
    client.close();
  });

  it('is refused when the change had no effect where it was applied, and leaves the stacks as they should be', async () => {
    const { clock, server, other, open } = setUp({ a: 1, b: 1 });
    const client = open();
    await clock.pass(1_000);
    client.push.merge({ b: 2 });
    await clock.pass(5_000);
    other({ a: 2 });
    client.push.merge({ a: 2 });
    const end = endOf(client.undo()?.applied);
    await clock.pass(10_000);
    expect([await end, server.state]).toEqual(['urn:changebucket:client:nothing-to-undo', { a: 2, b: 2 }]);
    expect([client.undoDepth, client.redoDepth, client.status.pending]).toEqual([1, 0, 0]);
    client.undo();
    await clock.pass(5_000);
    expect([server.state, client.redoDepth]).toEqual([{ a: 2, b: 1 }, 1]);
    client.close();
  });

  it('is refused together with the change that it undoes', async () => {
    const { clock, server, open } = setUp({ a: 1 });
    const client = open();
    await clock.pass(1_000);
    client.push.patch([{ op: 'replace', path: '/a', value: 2 }]);
    server.push('other', 1, [{ name: 'merge', args: { a: null } }]);
    const end = endOf(client.undo()?.applied);
    await clock.pass(10_000);
    expect([await end, server.state, client.state, client.status.pending]).toEqual([
      expect.stringMatching(/change-failed|nothing-to-undo/),
      {},
      {},
      0,
    ]);
    expect([client.undoDepth, client.redoDepth]).toEqual([0, 0]);
    client.close();
  });

  it('waits offline with what it undoes, and survives a reload', async () => {
    const { clock, server, other, open } = setUp({ title: 'zero' });
    const [page, storage] = [new Page(clock), memoryStorage()];
    const client = open(page, storage);
    await clock.pass(1_000);
    page.set({ isOnline: false });
    client.push.merge({ title: 'mine' });
    client.undo();
    await clock.pass(1_000);
    expect(client.state).toEqual({ title: 'zero' });
    page.isDead = true;
    other({ title: 'theirs' });
    const reopened = open(new Page(clock), storage);
    await clock.pass(20_000);
    expect([server.state, reopened.state, reopened.status.pending]).toEqual([
      { title: 'theirs' },
      { title: 'theirs' },
      0,
    ]);
    reopened.close();
  });

  it('is asked for in a loop, and ends where it began', async () => {
    const { clock, server, open } = setUp({ rect: { x: 0 }, list: [1, 2] });
    const client = open();
    await clock.pass(1_000);
    client.push.merge({ rect: { x: 10 } });
    client.push.patch([{ op: 'add', path: '/list/-', value: 3 }]);
    const after = client.state;
    for (let turn = 0; turn < 10; turn += 1) {
      client.undo();
      client.undo();
      expect(client.state).toEqual({ rect: { x: 0 }, list: [1, 2] });
      client.redo();
      client.redo();
      expect(client.state).toEqual(after);
    }
    await clock.pass(60_000);
    expect([server.state, client.state, client.status.pending]).toEqual([after, after, 0]);
    expect([client.undoDepth, client.redoDepth]).toEqual([2, 0]);
    expect(Math.max(...server.log.map(({ args }) => JSON.stringify(args).length))).toBeLessThan(300);
    client.close();
  });

  it('gives an `inverse` of another definition what the change did where it was applied', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const seen: unknown[] = [];
    const client = openNotes(server, clock, {
      interval: 3_000,
      inverse: (change, { before, after }) => {
        seen.push([change.name, before, after]);
        return { name: 'clear', args: {} };
      },
    });
    await clock.pass(1_000);
    server.push('other', 1, [{ name: 'note', args: { id: 'theirs' } }]);
    client.push.note({ id: 'mine' });
    client.undo();
    await clock.pass(10_000);
    expect(seen).toContainEqual([
      'note',
      expect.objectContaining({ list: ['theirs'] }),
      expect.objectContaining({ list: ['theirs', 'mine'] }),
    ]);
    expect([server.state, client.status.pending]).toEqual([{ list: [], by: {} }, 0]);
    client.close();
  });

  it('does not stop the client when the `inverse` throws', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const errors: unknown[] = [];
    const onError = (error: unknown): void => {
      errors.push(error);
    };
    process.on('uncaughtException', onError);
    const client = openNotes(server, clock, {
      inverse: () => {
        throw new Error('mine');
      },
    });
    client.push.note({ id: 'a' });
    await clock.pass(5_000);
    expect([client.status.pending, client.undoDepth, server.applied.length]).toEqual([0, 0, 1]);
    expect(client.undo()).toBeUndefined();
    await new Promise((resolve) => setTimeout(resolve));
    expect(errors.length).toBeGreaterThan(0);
    expect(told.mock.calls[0]?.[0]).toContain('the inverse of the change "note" has thrown');
    told.mockRestore();
    process.off('uncaughtException', onError);
    client.close();
  });
});
