import { afterEach, describe, expect, it, vi } from 'vitest';
import type { LockManager } from '../../../../src/client/platform/environment.ts';
import { Subscribers } from '../../../../src/client/platform/subscribers.ts';
import { PushPromises } from '../../../../src/client/push/push-promises.ts';
import { TicketPoller } from '../../../../src/client/push/ticket-poller.ts';
import { LocalState } from '../../../../src/client/state/local-state.ts';
import { Persister } from '../../../../src/client/storage/persister.ts';
import { type ClientStore, memoryStorage } from '../../../../src/client/storage/storage.ts';
import { TabLeadership } from '../../../../src/client/sync/tab-leadership.ts';
import { PATIENT } from '../../../support/patience.ts';
import { Clock, Page } from '../support/clock.ts';
import { notes } from '../support/notes.ts';
import { CLIENTS, type NotesOptions, openNotes } from '../support/open.ts';
import { ServerDouble } from '../support/server.ts';

/** Grants each lock at once: the tab leads. */
const locks: LockManager = { request: (_name, _options, hold) => hold() };

/** A client that leads among the tabs of its browser. */
const openLeader = async (options: NotesOptions = {}) => {
  const [clock, server] = [new Clock(), new ServerDouble(notes)];
  const client = openNotes(server, clock, {
    storage: { ...memoryStorage(), scope: 'browser' },
    application: `alice/notes-${Math.random()}`,
    environment: { ...new Page(clock).environment, locks },
    ...options,
  });
  await clock.pass(1_000);
  return { clock, server, client };
};

afterEach(() => vi.restoreAllMocks());

describe('a dispatch', () => {
  it('runs local state, promises, persistence, other tabs and subscribers, in this order, each once', async () => {
    const { clock, client } = await openLeader();
    const log: string[] = [];
    const apply = vi.spyOn(LocalState.prototype, 'apply');
    const schedule = vi.spyOn(TicketPoller.prototype, 'schedule');
    const persist = vi.spyOn(Persister.prototype, 'persist');
    const broadcast = vi.spyOn(TabLeadership.prototype, 'broadcast');
    const notify = vi.spyOn(Subscribers.prototype, 'notify');
    const { applied } = client.push.note({ id: 'a' });
    await clock.pass(1_000);
    expect(await applied).toMatchObject({ status: 'applied' });
    const stages = { 'local state': apply, promises: schedule, persistence: persist, 'other tabs': broadcast };
    const calls = Object.entries({ ...stages, subscribers: notify }).flatMap(([stage, { mock }]) =>
      mock.invocationCallOrder.flatMap((order, index) =>
        // Those of the undo steps are notified beside.
        stage !== 'subscribers' || notify.mock.contexts[index] === notify.mock.contexts.at(-1)
          ? [{ stage, order }]
          : [],
      ),
    );
    log.push(...calls.toSorted((a, b) => a.order - b.order).map(({ stage }) => stage));
    const order = ['local state', 'promises', 'persistence', 'other tabs', 'subscribers'];
    const dispatches = apply.mock.calls.length;
    expect(log).toEqual(Array.from({ length: dispatches }, () => order).flat());
    // The push as it shows, with its key, with its n, accepted, and confirmed.
    expect(dispatches).toBeGreaterThanOrEqual(5);
    // Each stage has got the result of the first.
    for (const [index, { value }] of apply.mock.results.entries())
      expect([persist.mock.calls[index]?.[0] === value, broadcast.mock.calls[index]?.[0] === value]).toEqual([
        true,
        true,
      ]);
    client.close();
  });

  it('has its effects in that order: promises, store, other tabs, subscribers', async () => {
    const log: string[] = [];
    const storage = memoryStorage();
    const { clock, client } = await openLeader({
      storage: {
        scope: 'browser',
        open: async (name) => {
          const store = await storage.open(name);
          const commit: ClientStore['commit'] = (write) => {
            log.push('store');
            return store.commit(write);
          };
          return { ...store, commit };
        },
      },
    });
    const acknowledge = vi.spyOn(PushPromises.prototype, 'acknowledge').mockImplementation(() => log.push('promises'));
    vi.spyOn(BroadcastChannel.prototype, 'postMessage').mockImplementation(() => log.push('other tabs'));
    client.subscribeStatus(() => log.push('subscribers'));
    client.push.note({ id: 'a' });
    await clock.pass(1_000);
    expect(acknowledge).toHaveBeenCalledTimes(1);
    const from = log.indexOf('promises');
    expect(log.slice(from, from + 3)).toEqual(['promises', 'store', 'other tabs']);
    expect(log).toContain('subscribers');
    client.close();
  });

  it('of a message from another tab is neither stored nor sent back', async () => {
    const { clock, server, client } = await openLeader({ application: 'alice/notes-from-another-tab' });
    const persist = vi.spyOn(Persister.prototype, 'persist');
    const other = new BroadcastChannel('changebucket:http://double.test/v1/apps/alice/notes-from-another-tab');
    const entry = { id: 'theirs', name: 'note', args: { id: 'theirs' }, at: 0, key: 7 };
    other.postMessage({ type: 'changes-added', entries: [entry] });
    const sent: unknown[] = [];
    vi.spyOn(BroadcastChannel.prototype, 'postMessage').mockImplementation((message: unknown) => sent.push(message));
    await vi.waitFor(() => expect(client.state.list).toEqual(['theirs']), PATIENT);
    await clock.pass(1_000);
    expect(server.applied).toHaveLength(1);
    expect(sent.length).toBeGreaterThan(0);
    expect(sent).not.toContainEqual(expect.objectContaining({ type: 'changes-added' }));
    const stored = persist.mock.calls.flatMap(([{ messages }]) => messages.map(({ type }) => type));
    expect(stored.length).toBeGreaterThan(0);
    expect(stored).not.toContain('changes-added');
    other.close();
    client.close();
  });

  it('of several messages shows once: what was stored never appears in parts', async () => {
    const [clock, server, storage] = [new Clock(), new ServerDouble(notes), memoryStorage()];
    const store = await storage.open('http://double.test/alice/notes');
    await store.load('me');
    await store.append({ id: 'x', name: 'note', args: { id: 'b' }, at: 0 });
    const confirmed = { epoch: 'e1', version: 1, state: { list: ['a'], by: { a: 1 } } };
    await store.commit({ client: 'me', next: 1, put: [], remove: [], confirmed });
    const page = new Page(clock);
    page.isOnline = false;
    const client = openNotes(server, clock, { page, storage });
    const lists: string[][] = [];
    client.subscribe(
      ({ list }) => list,
      (list) => lists.push([...list]),
    );
    await client.ready;
    expect(lists).toEqual([['a', 'b']]);
    client.close();
  });
});

describe.each(CLIENTS)('one push of %s', (_name, open) => {
  it('reads the queue at most 10 times until it is confirmed, and enters the local state at most 10 times', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const client = open(server, clock);
    await clock.pass(1_000);
    const reads = vi.spyOn(LocalState.prototype, 'queue', 'get');
    const dispatches = vi.spyOn(LocalState.prototype, 'apply');
    const { accepted, applied } = client.push.note({ id: 'a' });
    await clock.pass(1_000);
    expect([await accepted, await applied]).toMatchObject([{ seq: 1 }, { status: 'applied' }]);
    expect([client.confirmed?.list, client.status.pending]).toEqual([['a'], 0]);
    console.log(`${reads.mock.calls.length} reads of the queue, ${dispatches.mock.calls.length} dispatches`);
    expect(reads.mock.calls.length).toBeGreaterThan(0);
    expect(reads.mock.calls.length).toBeLessThanOrEqual(10);
    expect(dispatches.mock.calls.length).toBeLessThanOrEqual(10);
    client.close();
  });

  it('goes on when `onRefused` throws, which is reported by itself', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const thrown: unknown[] = [];
    const listener = (error: unknown): unknown => thrown.push(error);
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', listener);
    const client = open(server, clock, {
      onRefused: () => {
        throw new Error('a bug of the page');
      },
    });
    const refused = client.push.note({ id: 'no!' }).applied.catch(() => 'rejected');
    const { applied } = client.push.note({ id: 'a' });
    await clock.pass(5_000);
    process.off('uncaughtException', listener);
    for (const each of others) process.on('uncaughtException', each);
    expect([await refused, await applied]).toMatchObject(['rejected', { status: 'applied' }]);
    expect(thrown).toMatchObject([{ message: 'a bug of the page' }]);
    client.close();
  });
});
