import { afterEach, describe, expect, it, vi } from 'vitest';
import type { LockManager } from '../../../../src/client/platform/environment.ts';
import { type ClientStorage, memoryStorage } from '../../../../src/client/storage/storage.ts';
import { LocksDouble } from '../support/browser-double.ts';
import { Clock, Page, settle } from '../support/clock.ts';
import { networkTo } from '../support/network.ts';
import { notes } from '../support/notes.ts';
import { openNotes } from '../support/open.ts';
import { ServerDouble } from '../support/server.ts';

const refused = new Error('SecurityError');

const managers: readonly (readonly [string, () => LockManager | undefined])[] = [
  ['are missing', () => undefined],
  [
    'throw',
    () => ({
      request: () => {
        throw refused;
      },
    }),
  ],
  ['reject', () => ({ request: () => Promise.reject(refused) })],
  ['are never granted', () => ({ request: () => new Promise(() => undefined) })],
  [
    'are never granted and cannot be stolen',
    () => ({ request: (_, { steal }) => (steal ? Promise.reject(refused) : new Promise(() => undefined)) }),
  ],
];

const pass = async (clock: Clock, ms: number): Promise<void> => {
  for (let passed = 0; passed < ms; passed += 50) {
    await clock.pass(50);
    for (let turn = 0; turn < 4; turn += 1) await settle();
  }
};

/** Tabs of one browser. */
const browser = () => {
  const [clock, server] = [new Clock(), new ServerDouble(notes)];
  const storage: ClientStorage = { ...memoryStorage(), scope: 'browser' };
  const application = `alice/notes-${Math.random()}`;
  const open = (locks: LockManager | undefined) => {
    const page = new Page(clock);
    const network = networkTo(server, clock);
    const client = openNotes(server, clock, {
      application,
      storage,
      environment: { ...page.environment, locks },
      fetch: (input, init) => (page.isDead ? new Promise(() => undefined) : network(input, init)),
    });
    return { client, page };
  };
  return { clock, server, open };
};

/** Freezes the leader, until a tab takes the lead: it sends nothing more. */
const freeze = (leader: Page, locks: LocksDouble): void => {
  leader.isDead = true;
  const post = BroadcastChannel.prototype.postMessage;
  let isFrozen = true;
  const { request } = locks.manager;
  vi.spyOn(locks.manager, 'request').mockImplementation((name, options, hold) => {
    if (options.steal) isFrozen = false;
    return request(name, options, hold);
  });
  vi.spyOn(BroadcastChannel.prototype, 'postMessage').mockImplementation(function (
    this: typeof BroadcastChannel.prototype,
    message: unknown,
  ) {
    const isOfLeader = ['pong', 'snapshot', 'queue-diff', 'state-update', 'connection'].includes(
      (message as { type: string }).type,
    );
    if (!isFrozen || !isOfLeader) post.call(this, message);
  });
};

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe('tabs that the browser does not let share', () => {
  it.each(managers)('where Web Locks %s, a tab runs alone within 10 s, and says so', async (_, make) => {
    const { clock, server, open } = browser();
    const { client } = open(make());
    const { applied } = client.push.note({ id: 'a' });
    await pass(clock, 10_000);
    expect(await applied).toMatchObject({ status: 'applied' });
    expect([client.status.signal, client.confirmed]).toEqual(['tabs-unshared', server.state]);
    client.close();
    await pass(clock, 10_000);
    expect(clock.pending).toBe(0);
  });

  it('where a `BroadcastChannel` cannot be made, a tab runs alone, and says so', async () => {
    vi.stubGlobal(
      'BroadcastChannel',
      class {
        constructor() {
          throw refused;
        }
      },
    );
    const { clock, server, open } = browser();
    const { client } = open(new LocksDouble().manager);
    const { applied } = client.push.note({ id: 'a' });
    await pass(clock, 2_000);
    expect(await applied).toMatchObject({ status: 'applied' });
    expect([client.status.signal, server.applied.length]).toEqual(['tabs-unshared', 1]);
    client.close();
  });
});

describe('a leader that does not answer', () => {
  it('[Q3] is deposed by a tab that opens, and what both know is applied once', async () => {
    const { clock, server, open } = browser();
    const locks = new LocksDouble();
    const frozen = open(locks.manager);
    await pass(clock, 1_000);
    frozen.client.push.note({ id: 'a' });
    await clock.pass(3);
    const post = vi.spyOn(BroadcastChannel.prototype, 'postMessage').mockImplementation(() => undefined);
    frozen.page.isDead = true;
    const other = open(locks.manager);
    other.client.push.note({ id: 'b' });
    await pass(clock, 2_000);
    post.mockRestore();
    await pass(clock, 6_000);
    frozen.page.isDead = false;
    await pass(clock, 5_000);
    expect(server.applied.map(({ args }) => (args as { id: string }).id).toSorted()).toEqual(['a', 'b']);
    expect(other.client.status).toMatchObject({ pending: 0, transport: 'poll' });
    for (const { client } of [frozen, other]) client.close();
    await pass(clock, 100);
  });

  it('is noticed by a tab that pushes: the change goes out, and the former leader follows', async () => {
    const { clock, server, open } = browser();
    const locks = new LocksDouble();
    const [leader, follower] = [open(locks.manager), open(locks.manager)];
    await pass(clock, 1_000);
    freeze(leader.page, locks);
    const { applied } = follower.client.push.note({ id: 'a' });
    await pass(clock, 8_500);
    expect(await applied).toMatchObject({ status: 'applied' });
    leader.page.isDead = false;
    follower.client.push.note({ id: 'b' });
    await pass(clock, 3_000);
    expect(server.applied).toHaveLength(2);
    expect(leader.client.state.list).toEqual(['a', 'b']);
    for (const { client } of [leader, follower]) client.close();
    await pass(clock, 100);
  });

  it('is noticed by a tab that its user turns to: what it shows is not old for longer', async () => {
    const { clock, server, open } = browser();
    const locks = new LocksDouble();
    const [leader, follower] = [open(locks.manager), open(locks.manager)];
    await pass(clock, 1_000);
    follower.page.set({ visibility: 'hidden' });
    freeze(leader.page, locks);
    server.push('other', 1, [{ name: 'note', args: { id: 'x' } }]);
    await pass(clock, 10_000);
    expect(follower.client.state.list).toEqual([]);
    follower.page.set({ visibility: 'visible' });
    await pass(clock, 6_000);
    expect(follower.client.state.list).toEqual(['x']);
    for (const { client } of [leader, follower]) client.close();
    await pass(clock, 100);
  });

  it('is not disturbed while it answers: a follower that pushes for a minute never takes over', async () => {
    const { clock, server, open } = browser();
    const locks = new LocksDouble();
    const [leader, follower] = [open(locks.manager), open(locks.manager)];
    const request = vi.spyOn(locks.manager, 'request');
    for (let index = 0; index < 20; index += 1) {
      follower.client.push.note({ id: `n${index}` });
      await pass(clock, 3_000);
    }
    expect(request).not.toHaveBeenCalledWith(expect.anything(), { steal: true }, expect.anything());
    expect([server.applied.length, leader.client.status.signal]).toEqual([20, undefined]);
    for (const { client } of [leader, follower]) client.close();
    await pass(clock, 100);
  });
});
