import { describe, expect, it } from 'vitest';
import { createClient } from '../../../src/client/client.ts';
import { ProblemError } from '../../../src/client/platform/problem-error.ts';
import { memoryStorage } from '../../../src/client/storage/storage.ts';
import { Clock, Page } from './support/clock.ts';
import { networkTo } from './support/network.ts';
import { notes } from './support/notes.ts';
import { ServerDouble } from './support/server.ts';

const open = (
  server: ServerDouble,
  clock: Clock,
  rest: Partial<Parameters<typeof createClient<typeof notes>>[0]> = {},
) =>
  createClient({
    url: 'http://double.test',
    application: 'alice/notes',
    definition: notes,
    transport: 'poll',
    storage: memoryStorage(),
    fetch: networkTo(server, clock),
    environment: new Page(clock).environment,
    ...rest,
  });

describe('client', () => {
  it('shows a pushed change at once, and still after the server has applied it', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const client = open(server, clock);
    const lists: string[][] = [];
    client.subscribe(
      ({ list }) => list,
      (list) => lists.push([...list]),
    );
    const { accepted, applied } = client.push.note({ id: 'a' });
    expect(client.state.list).toEqual(['a']);
    expect(client.confirmed).toBeUndefined();
    await clock.pass(1_000);
    expect(await accepted).toMatchObject({ n: 1, seq: 1 });
    expect(await applied).toMatchObject({ status: 'applied', version: 1 });
    expect(client.confirmed).toEqual({ list: ['a'], by: { a: 1 } });
    expect(client.status).toMatchObject({ transport: 'poll', online: true, pending: 0, version: 1, epoch: 'e1' });
    expect(lists.every(([only]) => only === 'a')).toBe(true);
    client.close();
    await clock.pass(1_000);
    expect(clock.pending).toBe(0);
  });

  it('a rejected change disappears, and its promise rejects with the problem', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const client = open(server, clock);
    const { applied, accepted } = client.push.note({ id: 'no!' });
    const error = await Promise.all([applied.catch((each: unknown) => each), clock.pass(1_000)]);
    expect(error[0]).toBeInstanceOf(ProblemError);
    expect((error[0] as ProblemError).problem).toMatchObject({ status: 422, reason: 'no', seq: 1 });
    expect(await accepted).toMatchObject({ seq: 1 });
    expect(client.state.list).toEqual([]);
    client.close();
  });
});
