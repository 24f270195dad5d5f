import { describe, expect, it } from 'vitest';
import { document } from '../../../../src/applications/document.ts';
import { createClient } from '../../../../src/client/client.ts';
import { memoryStorage } from '../../../../src/client/storage/storage.ts';
import type { Json } from '../../../../src/protocol/json.ts';
import { Clock, Page } from '../support/clock.ts';
import { networkTo } from '../support/network.ts';
import { notes } from '../support/notes.ts';
import { openNotes } from '../support/open.ts';
import { ServerDouble } from '../support/server.ts';

const setUp = async (first: Json) => {
  const [clock, server] = [new Clock(), new ServerDouble(document)];
  const client = createClient({
    url: 'http://double.test',
    application: 'alice/doc',
    transport: 'poll',
    storage: memoryStorage(),
    fetch: networkTo(server, clock),
    environment: new Page(clock).environment,
  });
  server.push('setup', 1, [{ name: 'merge', args: first }]);
  await clock.pass(1_000);
  let n = 0;
  const other = async (args: Json): Promise<void> => {
    n += 1;
    server.push('other', n, [{ name: 'merge', args }]);
    await clock.pass(6_000);
  };
  return { clock, server, client, other };
};

describe('undo and redo', () => {
  it.each<[string, Json, Json]>([
    ['a new member', {}, { a: 1 }],
    ['another value', { a: 1, b: 1 }, { a: 2 }],
    ['a removed member', { a: { deep: [1] }, b: 1 }, { a: null }],
    ['several at once', { a: 1, b: 2, c: { d: 1 } }, { a: null, b: 3, c: { d: 2, e: 5 }, f: [1] }],
    ['an array', { list: [1, 2, 3] }, { list: [3] }],
    ['everything', { a: 1 }, [1, 2]],
  ])('undo and redo %s', async (_name, first, merge) => {
    const { clock, client, server } = await setUp(first);
    const before = client.state;
    client.push.merge(merge);
    const after = client.state;
    await clock.pass(1_000);
    expect([client.undoDepth, client.redoDepth]).toEqual([1, 0]);
    client.undo();
    expect(client.state).toEqual(before);
    await clock.pass(1_000);
    expect([server.state, client.undoDepth, client.redoDepth]).toEqual([before, 0, 1]);
    client.redo();
    await clock.pass(1_000);
    expect([server.state, client.state, client.undoDepth]).toEqual([after, after, 1]);
    expect(client.redo()).toBeUndefined();
    client.close();
  });

  it('are rejected when somebody else has changed the same value, and only then', async () => {
    const { clock, client, server, other } = await setUp({ a: 1, b: 1, list: ['x'] });
    client.push.merge({ a: 2 });
    await clock.pass(1_000);
    await other({ b: 9, list: ['y', 'x'] });
    client.undo();
    await clock.pass(1_000);
    expect(server.state).toEqual({ a: 1, b: 9, list: ['y', 'x'] });

    client.push.merge({ a: 3 });
    await clock.pass(1_000);
    await other({ a: 4 });
    const refused = client.undo()?.applied.catch((error: { problem: { status: number } }) => error.problem.status);
    await clock.pass(1_000);
    expect([await refused, server.state]).toMatchObject([422, { a: 4 }]);
    // A change that was rejected can be neither undone nor redone.
    expect([client.undoDepth, client.redoDepth]).toEqual([0, 0]);
    client.close();
  });

  it('never overwrite an array that somebody else has changed', async () => {
    const { clock, client, server, other } = await setUp({ list: [{ done: false }, { done: false }] });
    client.push.patch([{ op: 'replace', path: '/list/0/done', value: true }]);
    await clock.pass(1_000);
    await other({ list: [{ done: true }, { done: true }, { done: false }] });
    const refused = client.undo()?.applied.catch(() => 'refused');
    await clock.pass(1_000);
    expect([await refused, server.state]).toEqual([
      'refused',
      { list: [{ done: true }, { done: true }, { done: false }] },
    ]);
    client.close();
  });

  it('[Q7] [D13] take a batch back and do it again as one atomic batch, in the reverse order', async () => {
    const { clock, client, server, other } = await setUp({ a: 1, list: ['x'], keep: true });
    const before = client.state;
    client.batch((push) => {
      push.merge({ a: 2, b: { c: 1 } });
      push.merge({ a: 3 });
      push.patch([{ op: 'add', path: '/list/-', value: 'y' }]);
    });
    const after = client.state;
    // At once, before it is known what the batch has done on the server.
    client.undo();
    expect([client.state, client.status.pending]).toEqual([before, 6]);
    await clock.pass(2_000);
    expect(server.state).toEqual(before);
    client.redo();
    await clock.pass(2_000);
    expect([server.state, client.state, client.undoDepth, client.redoDepth]).toEqual([after, after, 1, 0]);
    const batches = server.log.map(({ batch, name, ticket }) => [batch, name, ticket.status]);
    expect(batches.slice(4, 7)).toEqual([5, 5, 5].map((batch) => [batch, 'revert', 'applied']));
    expect(batches.slice(7)).toEqual([8, 8, 8].map((batch) => [batch, 'revert', 'applied']));
    // Somebody else has changed one of the places: nothing of the undo is applied.
    await other({ b: { c: 2 } });
    const refused = client.undo()?.applied.catch((error: { problem: unknown }) => error.problem);
    await clock.pass(2_000);
    expect(await refused).toMatchObject({ status: 422, index: 2 });
    expect(server.state).toEqual({ ...(after as object), b: { c: 2 } });
    expect([client.undoDepth, client.redoDepth]).toEqual([0, 0]);
    client.close();
  });

  it('cannot take a batch back of which one change has no inverse', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const client = openNotes(server, clock, {
      inverse: ({ name }) => (name === 'note' ? { name: 'clear', args: {} } : undefined),
    });
    client.push.note({ id: 'a' });
    client.batch((push) => {
      push.note({ id: 'b' });
      push.clear();
    });
    expect(client.undoDepth).toBe(1);
    await clock.pass(1_000);
    expect([client.undoDepth, client.state.list]).toEqual([1, []]);
    client.close();
  });

  it('work for another definition with the option `inverse` only', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const without = openNotes(server, clock);
    without.push.note({ id: 'a' });
    expect([without.undoDepth, without.undo()]).toEqual([0, undefined]);
    without.close();
    const client = openNotes(server, clock, {
      inverse: ({ name }) => (name === 'note' ? { name: 'clear', args: {} } : undefined),
    });
    client.push.note({ id: 'b' });
    client.undo();
    await clock.pass(1_000);
    expect([client.state.list, server.state, client.redo()]).toEqual([[], { list: [], by: {} }, undefined]);
    client.close();
  });
});
