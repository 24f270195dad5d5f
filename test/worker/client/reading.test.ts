import { afterEach, describe, expect, it } from 'vitest';
import { document } from '../../../src/applications/document.ts';
import { createClient } from '../../../src/client/client.ts';
import type { LightClient } from '../../../src/client/client-api.ts';
import { createLightClient } from '../../../src/client/light-client.ts';
import type { ClientOptions, DocumentKind } from '../../../src/client/options.ts';
import { createPollingClient } from '../../../src/client/polling-client.ts';
import { refresh } from '../../../src/client/refresh.ts';
import { Api, fresh, sign } from '../../support/api.ts';
import { deployCounter } from '../../support/definitions.ts';
import { abortAll, evict } from '../../support/objects.ts';
import { until } from '../../support/wait.ts';
import { optionsFor } from '../../support/worker-client.ts';

type Options = Partial<ClientOptions<typeof document>>;
type Open = (application: string, options?: Options) => LightClient<DocumentKind>;

const full =
  (transport: 'poll' | 'long-poll' | 'sse' | 'socket'): Open =>
  (application, options) =>
    createClient({ ...optionsFor(application), definition: document, transport, ...options });
const light =
  (transport: 'poll' | 'long-poll'): Open =>
  (application, options) => {
    const { WebSocket: _, ...rest } = { ...optionsFor(application), ...options };
    return createLightClient({ kind: 'document', ...rest, transport });
  };

const polling: Open = (application, options) => {
  const { WebSocket: _, ...rest } = { ...optionsFor(application), ...options };
  return createPollingClient({ definition: document, ...rest, transport: 'long-poll' });
};

const EVERY = [
  ['poll', full('poll')],
  ['long-poll', full('long-poll')],
  ['poll, light', light('poll')],
  ['long-poll, light', light('long-poll')],
  ['sse', full('sse')],
  ['socket', full('socket')],
  ['long-poll, polling client', polling],
] as const;

const outcomeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'done',
    (error: Error) => error.name,
  );

const opened: LightClient<DocumentKind>[] = [];
const keep = (client: LightClient<DocumentKind>): LightClient<DocumentKind> => {
  opened.push(client);
  return client;
};
afterEach(() => {
  for (const client of opened.splice(0)) client.close();
});

describe.each(EVERY)('loaded, over %s', (_, open) => {
  it('resolves when a state has come, and when the application is one’s own and does not exist', async () => {
    const api = new Api(fresh());
    await api.merge('c1', 1, { a: 1 }, { Prefer: 'wait=5' });
    const client = keep(open(api.path.replace('/v1/apps/', '')));
    expect([client.status.loaded, await Promise.race([client.loaded, 'open'])]).toEqual([false, 'open']);
    await client.loaded;
    expect([client.confirmed, client.status.loaded]).toEqual([{ a: 1 }, true]);
    const missing = keep(open(fresh()));
    await missing.loaded;
    expect(missing.status).toMatchObject({ loaded: true, error: undefined, version: undefined });
  });

  it('[A3] rejects while the subject may not read it, and resolves when it may', async () => {
    const api = new Api(fresh('bob'));
    const application = api.path.replace('/v1/apps/', '');
    const client = keep(open(application, { token: () => sign({ sub: 'alice', apps: { [application]: 'reader' } }) }));
    const first = client.loaded;
    expect(await outcomeOf(first)).toBe('unknown-application');
    expect(client.loaded).toBe(first);
    await api.merge('c1', 1, { a: 1 }, { Prefer: 'wait=5' });
    await until(() => client.status.loaded);
    expect(client.loaded).not.toBe(first);
    await client.loaded;
    expect(client.confirmed).toEqual({ a: 1 });
    client.close();
    const closed = open(application);
    closed.close();
    expect(await outcomeOf(closed.loaded)).toBe('closed');
  });
});

describe.each(EVERY)('refresh, over %s', (_, open) => {
  it('[S6] [S7] brings what anybody’s push was acknowledged for, or a version, without waiting for the transport', async () => {
    const api = new Api(fresh());
    await api.merge('c1', 1, { a: 1 }, { Prefer: 'wait=5' });
    const client = keep(open(api.path.replace('/v1/apps/', ''), { interval: 60_000 }));
    await client.loaded;
    await api.merge('c1', 2, { b: 2 });
    await refresh(client, { drain: true });
    expect(client.confirmed).toEqual({ a: 1, b: 2 });
    const awaited = refresh(client, { minVersion: 3 });
    await api.merge('c1', 3, { c: 3 });
    await awaited;
    expect([client.confirmed, client.status.version]).toEqual([{ a: 1, b: 2, c: 3 }, 3]);
    await refresh(client, { minVersion: 3 });
    await refresh(client);
    expect(client.state).toEqual(client.confirmed);
  });
});

describe('refresh', () => {
  it('ends with the problem of a refusal, with the reason of its signal, and with the client', async () => {
    const other = keep(full('poll')(fresh('nobody'), { token: () => sign({ sub: 'alice' }) }));
    expect(await outcomeOf(refresh(other))).toBe('unknown-application');
    const own = keep(full('socket')(fresh()));
    await refresh(own, { drain: true });
    const ending = new AbortController();
    const waiting = refresh(own, { minVersion: 9, signal: ending.signal });
    const until9 = refresh(own, { minVersion: 9 });
    const reason = new Error('enough');
    ending.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    own.close();
    expect(await outcomeOf(until9)).toBe('closed');
    expect(await outcomeOf(refresh(own))).toBe('closed');
    await expect(refresh({} as LightClient<DocumentKind>)).rejects.toBeInstanceOf(TypeError);
  });

  it('[S11] follows into a new epoch', async () => {
    const api = new Api(fresh());
    await api.merge('c1', 1, { a: 1 }, { Prefer: 'wait=5' });
    const client = keep(full('poll')(api.path.replace('/v1/apps/', ''), { interval: 60_000 }));
    await client.loaded;
    await api.call('DELETE', '');
    await api.merge('c2', 1, { b: 2 }, { Prefer: 'wait=5' });
    await refresh(client);
    expect([client.confirmed, client.status.signal]).toEqual([{ b: 2 }, 'new-epoch']);
  });
});

describe.each([
  ['poll', full('poll')],
  ['poll, light', light('poll')],
  ['sse', full('sse')],
  ['socket', full('socket')],
] as const)('lag and queue, over %s', (transport, open) => {
  it('[L5] [W18] [V10] are those of an application that is held, also with a bound that nothing can keep', async () => {
    deployCounter(1);
    const api = new Api(fresh());
    await api.create('counter');
    await api.push('c1', 1, 'add', { by: 5 }, { Prefer: 'wait=5' });
    const client = keep(open(api.path.replace('/v1/apps/', ''), { maxLag: 100 } as Options));
    await until(() => client.status.loaded);
    expect(client.status).toMatchObject({ lag: 0, queue: 0 });
    // An open stream lets no object sleep.
    const restart = () => (transport === 'sse' ? abortAll() : evict(api.path));
    const name = transport.split(',')[0];
    deployCounter(3);
    await restart();
    await api.push('c1', 2, 'add', { by: 1 });
    // Its migration waits, too.
    await until(() => client.status.queue === 2 && client.status.lag > 0 && client.status.transport === name);
    expect(client.confirmed).toEqual({ count: 5 });
    deployCounter(2);
    await restart();
    // A socket outlives it here, and wakes nobody; a deployment ends sockets.
    await api.state();
    await until(() => client.status.queue === 0 && client.status.version === 3);
    expect(client.status.lag).toBe(0);
    deployCounter(1);
  });

  it('[L5] [W18] [V10] the lag of an application that is held grows, though nobody pushes and the server tells nothing', async () => {
    deployCounter(1);
    const api = new Api(fresh());
    await api.create('counter');
    const client = keep(open(api.path.replace('/v1/apps/', '')));
    await until(() => client.status.loaded && client.status.transport === transport.split(',')[0]);
    deployCounter(3);
    await (transport === 'sse' ? abortAll() : evict(api.path));
    await api.push('c1', 1, 'add', { by: 1 });
    await until(() => client.status.queue === 2);
    const { lag } = client.status;
    await until(() => client.status.lag >= lag + 900);
    const waited = (await api.info()).queue.lag;
    expect([client.status.queue, Math.abs(client.status.lag - waited) < 1_500]).toEqual([2, true]);
    deployCounter(1);
  });
});
