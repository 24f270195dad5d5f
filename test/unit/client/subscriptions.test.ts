import { afterEach, describe, expect, it } from 'vitest';
import { todos } from '../../../src/applications/todos.ts';
import { problem, problemBody } from '../../../src/protocol/problems.ts';
import { type FakeServer, fakeServer } from '../../../src/testing/index.ts';
import { Clock, settle } from './support/clock.ts';
import { networkTo } from './support/network.ts';
import { notes } from './support/notes.ts';
import { CLIENTS } from './support/open.ts';
import { ServerDouble } from './support/server.ts';

describe.each(CLIENTS)('a subscription of %s', (_name, open) => {
  it('that is ended by another one is not called any more, also where both were to be told of the same', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const client = open(server, clock);
    await clock.pass(1_000);
    const told: string[] = [];
    const ends: (() => void)[] = [];
    const note = (name: string) => (): void => {
      told.push(name);
      for (const end of ends) end();
    };
    ends.push(client.subscribe(({ list }) => list.length, note('first state')));
    ends.push(client.subscribe(({ list }) => list.length, note('second state')));
    ends.push(client.onRejected(note('first rejection')), client.onRejected(note('second rejection')));
    client.push.note({ id: 'no!' });
    await clock.pass(3_000);
    expect(told).toEqual(['first rejection']);
    ends.push(client.subscribeStatus(note('first status')), client.subscribeStatus(note('second status')));
    client.push.note({ id: 'a' });
    await clock.pass(3_000);
    expect(told).toEqual(['first rejection', 'first status']);
    client.close();
  });

  it('ends with `close`, also within a call: nobody is told of what is pushed afterwards', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const told: string[] = [];
    const client = open(server, clock, { onRefused: () => void told.push('option') });
    await clock.pass(1_000);
    client.onRejected(() => void told.push('rejection'));
    client.subscribe(
      ({ list }) => list.length,
      () => {
        client.close();
        client.push.note({ id: 'late' });
        told.push('closed');
      },
    );
    client.push.note({ id: 'a' });
    await clock.pass(3_000);
    const { applied } = client.push.note({ id: 'b' });
    await expect(applied).rejects.toMatchObject({ name: 'closed' });
    await settle();
    expect(told).toEqual(['closed']);
  });

  it('to signals is not told of a new epoch when the application is gone, or comes back', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    let refused: 'unknown-application' | 'forbidden' | undefined;
    const reach = networkTo(server, clock);
    const client = open(server, clock, {
      fetch: async (...request) => {
        if (refused === undefined) return reach(...request);
        const body = problemBody(problem(refused, 'Not now.'));
        return new Response(JSON.stringify(body), { status: body.status });
      },
    });
    await clock.pass(1_000);
    const told: string[] = [];
    client.onSignal((signal, { epoch }) => void told.push(`${signal} ${epoch}`));
    server.restore(0);
    await clock.pass(10_000);
    expect(told).toEqual(['new-epoch e2']);
    for (refused of ['unknown-application', undefined, 'forbidden', undefined] as const) await clock.pass(30_000);
    expect([told, client.status.epoch]).toEqual([['new-epoch e2'], 'e2']);
    client.close();
  });
});

describe('what looks at `push` of a client', () => {
  it.each(CLIENTS)('as JSON, texts and frameworks do, pushes nothing: %s', async (_name, open) => {
    const client = open(new ServerDouble(notes), new Clock());
    JSON.stringify(client);
    expect(String(client.push)).toBe('[object Object]');
    const marks = ['then', 'toJSON', '__v_isRef', '__v_raw', '$$typeof', '@@observable'];
    expect(marks.map((mark) => Reflect.get(client.push, mark))).toEqual(marks.map(() => undefined));
    await settle();
    expect(client.status.pending).toBe(0);
    client.close();
  });
});

describe('undo and redo', () => {
  let server: FakeServer<typeof todos>;
  afterEach(() => server.close());

  it('within a batch throw and keep their step; and nobody is told of the depths after `close`', async () => {
    server = fakeServer(todos, { state: { items: { milk: { text: 'Milk', done: false, created: 0, by: 'ann' } } } });
    const client = server.client('ann');
    await server.settle();
    for (const text of ['Oat milk', 'Soy milk']) client.push.rename({ id: 'milk', text });
    client.undo();
    const told: number[] = [];
    client.subscribeUndo(({ undoDepth }) => void told.push(undoDepth));
    for (const step of ['undo', 'redo'] as const) {
      const misused = (): void => {
        client.batch((push) => {
          push.remove({ id: 'milk' });
          client[step]();
        });
      };
      expect(misused).toThrow(expect.objectContaining({ name: 'batch-misused' }));
    }
    expect([client.undoDepth, client.redoDepth, client.status.pending]).toEqual([1, 1, 3]);
    client.close();
    await settle();
    expect(told).toEqual([]);
  });
});
