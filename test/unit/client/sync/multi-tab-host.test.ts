import { describe, expect, it } from 'vitest';
import type { LockManager } from '../../../../src/client/platform/environment.ts';
import { type ClientStorage, memoryStorage } from '../../../../src/client/storage/storage.ts';
import { Clock, Page, settle } from '../support/clock.ts';
import { notes } from '../support/notes.ts';
import { type NotesOptions, openNotes } from '../support/open.ts';
import { ServerDouble } from '../support/server.ts';
import { type SocketDouble, socketTo } from '../support/socket-double.ts';

interface LockRequest {
  readonly hold: () => Promise<void>;
  isEnded: boolean;
}

/** The storage and the Web Locks of one browser, whose tabs can be killed. */
class Browser {
  readonly storage: ClientStorage = { ...memoryStorage(), scope: 'browser' };
  readonly application = `alice/notes-${Math.random()}`;
  #waiting: LockRequest[] = [];

  /** The locks of one tab. `kill` ends the tab as far as locks are concerned. */
  tab(): { readonly locks: LockManager; readonly kill: () => void } {
    const mine: LockRequest[] = [];
    const leave = (waiting: LockRequest): void => {
      waiting.isEnded = true;
      const isHolder = this.#waiting[0] === waiting;
      this.#waiting = this.#waiting.filter((each) => each !== waiting);
      if (isHolder) this.#next();
    };
    const request: LockManager['request'] = (_name, { signal }, hold) => {
      const waiting = { hold, isEnded: false };
      mine.push(waiting);
      signal?.addEventListener('abort', () => this.#waiting[0] !== waiting && leave(waiting));
      this.#waiting.push(waiting);
      if (this.#waiting[0] === waiting) this.#next();
      return Promise.resolve();
    };
    return { locks: { request }, kill: () => mine.forEach(leave) };
  }

  #next(): void {
    const [first] = this.#waiting;
    if (first === undefined) return;
    const ended = first.hold();
    void ended.then(() => {
      if (first.isEnded) return;
      this.#waiting = this.#waiting.filter((each) => each !== first);
      this.#next();
    });
  }
}

const open = (browser: Browser, server: ServerDouble, clock: Clock, options: NotesOptions = {}) => {
  const page = new Page(clock);
  const { locks, kill } = browser.tab();
  const { application, storage } = browser;
  const client = openNotes(server, clock, {
    ...options,
    application,
    storage,
    environment: { ...page.environment, locks },
  });
  return { client, page, kill };
};

/** Passes time, and waits for the messages between tabs, which take turns of their own. */
const pass = async (clock: Clock, ms: number): Promise<void> => {
  for (let passed = 0; passed < ms; passed += 50) {
    await clock.pass(50);
    for (let turn = 0; turn < 4; turn += 1) await settle();
  }
};

const polls = (server: ServerDouble): number => server.requests.filter((each) => each === 'GET /state').length;

describe('tabs of one browser', () => {
  it('8 of them poll as often as one, and all show the same', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const alone = openNotes(server, clock);
    await pass(clock, 5_000);
    const once = polls(server);
    alone.close();
    server.requests = [];
    const browser = new Browser();
    const tabs = Array.from({ length: 8 }, () => open(browser, server, clock));
    await pass(clock, 5_000);
    expect(Math.abs(polls(server) - once)).toBeLessThanOrEqual(2);
    const pushed = tabs.map(({ client }, index) => client.push.note({ id: `t${index}` }).applied);
    for (const [index, { client }] of tabs.entries()) expect(client.state.list).toContain(`t${index}`);
    await pass(clock, 3_000);
    expect((await Promise.all(pushed)).map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 'applied'));
    expect(server.applied).toHaveLength(8);
    expect([...server.marks.keys()].length).toBe(1);
    for (const { client } of tabs) {
      expect(client.state).toEqual(server.state);
      expect(client.status).toMatchObject({ transport: 'poll', pending: 0, version: 8 });
    }
    for (const { client } of tabs) client.close();
    await pass(clock, 3_000);
    expect(clock.pending).toBe(0);
  });

  it('[Q7] [Q12] a follower pushes batches and conditions through the leader, and hears of place, ticket and outcome', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const browser = new Browser();
    const [leader, follower] = [open(browser, server, clock), open(browser, server, clock)];
    await pass(clock, 1_000);
    const rejected: unknown[] = [];
    follower.client.onRejected(({ status }) => rejected.push(status));
    // The leader hears of all: a tab that is gone cannot.
    leader.client.onRejected(({ status }, change) => rejected.push(`${status} ${change?.name}`));
    leader.client.push.note({ id: 'a' });
    await pass(clock, 100);
    const [batch, behind] = [
      follower.client.batch((push) => {
        push.note({ id: 'b' });
        push.note({ id: 'c' });
      }),
      follower.client.push.note({ id: 'd' }, { ifUnchanged: true }),
    ];
    const stale = follower.client.push.note({ id: 'e' }, { ifMatch: '"e1.0"' });
    stale.applied.catch(() => undefined);
    await pass(clock, 3_000);
    expect(await batch.accepted).toMatchObject({ n: 3, seq: 3, url: expect.stringMatching(/\/changes\/\w+\/3$/) });
    expect([(await batch.confirmed).seq, (await behind.confirmed).seq, rejected]).toEqual([3, 4, ['412 $batch', 412]]);
    expect([follower.client.confirmed?.list, leader.client.state.list]).toEqual([
      ['a', 'b', 'c', 'd'],
      ['a', 'b', 'c', 'd'],
    ]);
    expect([follower.client.etag, leader.client.etag]).toEqual(['"e1.5"', '"e1.5"']);
    for (const { client } of [leader, follower]) client.close();
    await pass(clock, 3_000);
  });

  it.each(['closed', 'killed'] as const)(
    '[Q3] when the leader is %s another tab leads, and sends the unsent changes once',
    async (how) => {
      const [clock, server] = [new Clock(), new ServerDouble(notes)];
      const browser = new Browser();
      const tabs = [open(browser, server, clock), open(browser, server, clock), open(browser, server, clock)] as const;
      await pass(clock, 1_000);
      for (const [index, { client }] of tabs.entries()) client.push.note({ id: `t${index}` });
      await clock.pass(8);
      if (how === 'closed') tabs[0].client.close();
      else {
        tabs[0].page.isDead = true;
        tabs[0].kill();
      }
      const before = polls(server);
      await pass(clock, 500);
      expect(polls(server)).toBeGreaterThan(before);
      await pass(clock, 5_000);
      expect(server.applied.map(({ args }) => (args as { id: string }).id).sort()).toEqual(['t0', 't1', 't2']);
      for (const { client } of tabs.slice(1)) {
        expect(client.state).toEqual(server.state);
        expect(client.status.pending).toBe(0);
      }
      for (const { client } of tabs) client.close();
    },
  );

  it('[Q3] without locks they share nothing: what one could not send yet is not sent by the other as well', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const { application, storage } = new Browser();
    const [first, second] = [new Page(clock), new Page(clock)];
    const openOn = (page: Page) =>
      openNotes(server, clock, { application, storage, environment: { ...page.environment, locks: undefined } });
    first.isOnline = false;
    const offline = openOn(first);
    await pass(clock, 500);
    for (const id of ['a', 'b']) offline.push.note({ id });
    await pass(clock, 500);
    const other = openOn(second);
    await pass(clock, 500);
    other.push.note({ id: 'c' });
    await pass(clock, 2_000);
    first.set({ isOnline: true });
    await pass(clock, 5_000);
    expect(server.applied.map(({ args }) => (args as { id: string }).id)).toEqual(['c', 'a', 'b']);
    expect([offline.status, other.status]).toMatchObject([
      { signal: 'tabs-unshared', pending: 0 },
      { signal: 'tabs-unshared', pending: 0 },
    ]);
    for (const client of [offline, other]) client.close();
  });

  it('an undo of any of them is made from what the change did on the server, by the tab that leads', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const browser = new Browser();
    const effects: unknown[] = [];
    const options: NotesOptions = {
      interval: 3_000,
      inverse: (_change, { before, after }) => {
        effects.push([before, after].map((state) => (state as { list: string[] }).list));
        return { name: 'clear', args: {} };
      },
    };
    const [first, second] = [open(browser, server, clock, options), open(browser, server, clock, options)];
    await pass(clock, 1_000);
    server.push('other', 1, [{ name: 'note', args: { id: 'theirs' } }]);
    second.client.push.note({ id: 'mine' });
    const applied = second.client.undo()?.applied;
    expect(second.client.state.list).toEqual([]);
    await pass(clock, 10_000);
    expect((await applied)?.status).toBe('applied');
    expect(effects).toContainEqual([['theirs'], ['theirs', 'mine']]);
    expect(server.applied.map(({ name }) => name)).toEqual(['note', 'note', 'clear']);
    for (const { client } of [first, second]) {
      expect([client.state.list, client.status.pending]).toEqual([[], 0]);
      client.close();
    }
    await pass(clock, 3_000);
    expect(clock.pending).toBe(0);
  });

  it.each([
    ['becomes visible', (tab: Page) => tab.set({ visibility: 'visible' })],
    // In another window: nothing happens to it.
    ['was visible all along', () => undefined],
  ])('a tab that %s takes over from a leader that becomes hidden', async (_, show) => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const browser = new Browser();
    const [first, second] = [open(browser, server, clock), open(browser, server, clock)];
    await pass(clock, 1_000);
    first.page.set({ visibility: 'hidden' });
    show(second.page);
    await pass(clock, 1_000);
    // From now on it could not poll.
    first.page.isDead = true;
    const before = polls(server);
    await pass(clock, 3_000);
    expect(polls(server) - before).toBeGreaterThan(5);
    server.push('other', 1, [{ name: 'note', args: { id: 'x' } }]);
    await pass(clock, 2_000);
    expect([first.client.state.list, second.client.state.list]).toEqual([['x'], ['x']]);
    for (const { client } of [first, second]) client.close();
  });

  it('[W15] the presence of any tab is sent, also one that was set before a tab leads', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const browser = new Browser();
    const opened: SocketDouble[] = [];
    const options: NotesOptions = { transport: 'socket', WebSocket: socketTo(server, clock, { opened }) };
    const frames = (): unknown[] =>
      opened.flatMap(({ received }) => received.filter((each) => JSON.stringify(each).includes('"ttl"')));
    const first = open(browser, server, clock, options);
    first.client.presence.set({ at: 'early' }, 60);
    await pass(clock, 2_000);
    expect(frames()).toEqual([{ type: 'presence', data: { at: 'early' }, ttl: 60 }]);
    const second = open(browser, server, clock, options);
    await pass(clock, 1_000);
    second.client.presence.set({ at: 'follower' }, 60);
    await pass(clock, 1_000);
    expect(frames().at(-1)).toEqual({ type: 'presence', data: { at: 'follower' }, ttl: 60 });
    first.client.close();
    first.kill();
    await pass(clock, 3_000);
    expect(opened.at(-1)?.received).toContainEqual({ type: 'presence', data: { at: 'follower' }, ttl: 60 });
    second.client.close();
    await pass(clock, 3_000);
  });
});
