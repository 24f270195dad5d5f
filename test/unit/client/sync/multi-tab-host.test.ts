import { describe, expect, it } from 'vitest';
import type { LockManager } from '../../../../src/client/platform/environment.ts';
import { type ClientStorage, memoryStorage } from '../../../../src/client/storage/storage.ts';
import { Clock, Page, settle } from '../support/clock.ts';
import { notes } from '../support/notes.ts';
import { openNotes } from '../support/open.ts';
import { ServerDouble } from '../support/server.ts';

interface Waiting {
  readonly hold: () => Promise<void>;
  isGone: boolean;
}

/** Web Locks of one browser, whose tabs can be killed. */
class Browser {
  readonly storage: ClientStorage = { ...memoryStorage(), scope: 'browser' };
  readonly application = `alice/notes-${Math.random()}`;
  #line: Waiting[] = [];
  #end: (() => void) | undefined;

  /** The locks as one tab sees them, and what ends that tab for them. */
  tab(): { readonly locks: LockManager; readonly kill: () => void } {
    const mine: Waiting[] = [];
    const leave = (waiting: Waiting): void => {
      waiting.isGone = true;
      const isHolder = this.#line[0] === waiting;
      this.#line = this.#line.filter((each) => each !== waiting);
      if (isHolder) this.#next();
    };
    const request: LockManager['request'] = (_name, { signal }, hold) => {
      const waiting = { hold, isGone: false };
      mine.push(waiting);
      signal.addEventListener('abort', () => this.#line[0] !== waiting && leave(waiting));
      this.#line.push(waiting);
      if (this.#line[0] === waiting) this.#next();
      return Promise.resolve();
    };
    return { locks: { request }, kill: () => mine.forEach(leave) };
  }

  #next(): void {
    const [first] = this.#line;
    if (first === undefined) return;
    const ended = first.hold();
    void ended.then(() => {
      if (first.isGone) return;
      this.#line = this.#line.filter((each) => each !== first);
      this.#next();
    });
    this.#end?.();
  }
}

const open = (browser: Browser, server: ServerDouble, clock: Clock) => {
  const page = new Page(clock);
  const { locks, kill } = browser.tab();
  const { application, storage } = browser;
  const client = openNotes(server, clock, { application, storage, environment: { ...page.environment, locks } });
  return { client, page, kill };
};

/** Messages between tabs take turns of their own. */
const pass = async (clock: Clock, ms: number): Promise<void> => {
  for (let passed = 0; passed < ms; passed += 50) {
    await clock.pass(50);
    for (let turn = 0; turn < 4; turn += 1) await settle();
  }
};

const polls = (server: ServerDouble): number => server.requests.filter((each) => each === 'GET /state').length;

describe('tabs of one browser', () => {
  it('8 of them ask as often as one, and all show the same', async () => {
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

  it.each(['closed', 'killed'] as const)(
    '[Q3] a leader that is %s is succeeded, and what it has left is sent once',
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

  it('a tab that is looked at takes over from one that is hidden', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const browser = new Browser();
    const [first, second] = [open(browser, server, clock), open(browser, server, clock)];
    await pass(clock, 1_000);
    first.page.set({ visibility: 'hidden' });
    second.page.set({ visibility: 'visible' });
    await pass(clock, 1_000);
    const before = polls(server);
    await pass(clock, 3_000);
    expect(polls(server) - before).toBeGreaterThan(5);
    server.push('other', 1, [{ name: 'note', args: { id: 'x' } }]);
    await pass(clock, 2_000);
    expect([first.client.state.list, second.client.state.list]).toEqual([['x'], ['x']]);
    for (const { client } of [first, second]) client.close();
  });
});
