import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { todos } from '../../../../src/applications/todos.ts';
import { isRejectedBy } from '../../../../src/client/is-rejected-by.ts';
import type { Client } from '../../../../src/client/open-client.ts';
import { defineApplication } from '../../../../src/core/define-application.ts';
import { type FakeServer, fakeServer } from '../../../../src/testing/index.ts';

const INITIAL = { items: { milk: { text: 'Milk', done: false, created: 0, by: 'ann' } } };

describe("undo of a kind of one's own, while somebody else changes the same", () => {
  let server: FakeServer<typeof todos>;
  let ann: Client<typeof todos>;
  let bob: Client<typeof todos>;

  beforeEach(async () => {
    server = fakeServer(todos, { state: INITIAL, application: 'team/list' });
    [ann, bob] = [server.client('ann'), server.client('bob')];
    await server.settle();
  });
  afterEach(() => server.close());

  const depths = (): readonly number[] => [ann.undoDepth, ann.redoDepth];
  const rejectionOf = async (applied: Promise<unknown> | undefined): Promise<unknown> =>
    applied?.then(
      () => 'applied',
      (error: unknown) => (isRejectedBy(error, todos) ? error.problem.reason : error),
    );

  it('is rejected with the reason of its reducer, changes nothing, and leaves no step behind', async () => {
    ann.push.rename({ id: 'milk', text: 'Oat milk' });
    await server.settle();
    bob.push.rename({ id: 'milk', text: 'Soy milk' });
    await server.settle();
    expect(depths()).toEqual([1, 0]);
    const undone = ann.undo();
    expect(await rejectionOf(undone?.applied)).toBe('todo-renamed');
    await server.settle();
    for (const { state } of [ann, bob, server]) expect(state.items['milk']?.text).toBe('Soy milk');
    expect([depths(), ann.undo(), ann.redo()]).toEqual([[0, 0], undefined, undefined]);
  });

  it('goes by the args as they were pushed, also where the page has changed its object since', async () => {
    const args = { id: 'tea', text: 'Tea' };
    ann.push.add(args);
    args.id = 'rice';
    ann.push.add(args);
    args.id = 'milk';
    ann.undo();
    expect(Object.keys(ann.state.items)).toEqual(['milk', 'tea']);
    expect(await rejectionOf(ann.undo()?.applied)).toBe('applied');
    await server.settle();
    expect(Object.keys(server.state.items)).toEqual(['milk']);
  });

  it('is rejected when both are on their way: what the page showed is taken back', async () => {
    ann.push.rename({ id: 'milk', text: 'Oat milk' });
    await server.settle();
    server.offline('ann');
    const undone = ann.undo();
    expect(ann.state.items['milk']?.text).toBe('Milk');
    bob.push.rename({ id: 'milk', text: 'Soy milk' });
    await server.settle();
    server.online('ann');
    expect(await rejectionOf(undone?.applied)).toBe('todo-renamed');
    expect([ann.state.items['milk']?.text, depths()]).toEqual(['Soy milk', [0, 0]]);
  });

  it('leaves the steps before it, which can be undone and redone', async () => {
    ann.push.complete({ id: 'milk', done: true });
    ann.push.rename({ id: 'milk', text: 'Oat milk' });
    await server.settle();
    bob.push.rename({ id: 'milk', text: 'Soy milk' });
    await server.settle();
    expect(await rejectionOf(ann.undo()?.applied)).toBe('todo-renamed');
    expect(depths()).toEqual([1, 0]);
    expect(await rejectionOf(ann.undo()?.applied)).toBe('applied');
    expect([server.state.items['milk']?.done, depths()]).toEqual([false, [0, 1]]);
    expect(await rejectionOf(ann.redo()?.applied)).toBe('applied');
    expect([server.state.items['milk']?.done, depths()]).toEqual([true, [1, 0]]);
  });

  it('of a redo is rejected the same way, and takes no work of others away', async () => {
    ann.push.rename({ id: 'milk', text: 'Oat milk' });
    await server.settle();
    await ann.undo()?.applied;
    bob.push.rename({ id: 'milk', text: 'Soy milk' });
    await server.settle();
    expect(depths()).toEqual([0, 1]);
    expect(await rejectionOf(ann.redo()?.applied)).toBe('todo-renamed');
    expect([server.state.items['milk']?.text, depths()]).toEqual(['Soy milk', [0, 0]]);
  });

  it('does not remove what somebody else has changed since it was added', async () => {
    ann.push.add({ id: 'tea', text: 'Tea' });
    await server.settle();
    bob.push.complete({ id: 'tea', done: true });
    await server.settle();
    expect(await rejectionOf(ann.undo()?.applied)).toBe('todo-changed');
    expect(server.state.items['tea']?.done).toBe(true);
  });

  it('of a batch is rejected whole: nothing of it is half undone', async () => {
    ann.batch((push) => {
      push.add({ id: 'tea', text: 'Tea' });
      push.rename({ id: 'milk', text: 'Oat milk' });
    });
    await server.settle();
    bob.push.rename({ id: 'milk', text: 'Soy milk' });
    await server.settle();
    expect(await rejectionOf(ann.undo()?.applied)).toBe('todo-renamed');
    await server.settle();
    expect(Object.entries(ann.state.items).map(([id, { text }]) => [id, text])).toEqual([
      ['milk', 'Soy milk'],
      ['tea', 'Tea'],
    ]);
    expect(depths()).toEqual([0, 0]);
  });
});

describe('the reasons of a definition', () => {
  const door = defineApplication({
    name: 'door',
    version: 1,
    initial: { open: true },
    reasons: ['closed', 'locked'],
    changes: (change, reject) => ({
      enter: change(v.object({}), ({ open }) => {
        if (!open) reject('closed', 'The door is closed.');
      }),
      close: change(v.object({}), (state) => {
        state.open = false;
        // @ts-expect-error the definition does not list this one
        if (Math.abs(-1) === 2) reject('stuck', 'It does not move.');
      }),
    }),
  });

  it('type the error with which a push rejects', async () => {
    const server = fakeServer(door, { state: { open: false } });
    const client = server.client('ann');
    const error: unknown = await client.push.enter().applied.catch((each: unknown) => each);
    expect(isRejectedBy(error, door)).toBe(true);
    if (!isRejectedBy(error, door)) throw new Error('unreachable');
    const { reason, detail } = error.problem;
    const known: 'closed' | 'locked' = reason;
    // @ts-expect-error it is no other
    expect(reason === 'stuck').toBe(false);
    expect([known, detail]).toEqual(['closed', 'The door is closed.']);
    expect(isRejectedBy(error, { ...door, reasons: ['locked'] })).toBe(false);
    expect(isRejectedBy(error, todos)).toBe(true);
    expect(isRejectedBy(new Error('closed'), door)).toBe(false);
    server.close();
    const closed: unknown = await client.push.enter().applied.catch((each: unknown) => each);
    expect(isRejectedBy(closed, door)).toBe(false);
  });
});
