import { describe, expect, it } from 'vitest';
import type { Environment } from '../../../../src/client/platform/environment.ts';
import { adoptAnonymous, adoptUnattributed } from '../../../../src/client/storage/adopt-changes.ts';
import { type ClientStorage, memoryStorage } from '../../../../src/client/storage/storage.ts';
import { LocksDouble } from '../support/browser-double.ts';
import { Clock, Page, settle } from '../support/clock.ts';
import { type Fate, networkTo } from '../support/network.ts';
import { notes } from '../support/notes.ts';
import { type NotesOptions, openNotes } from '../support/open.ts';
import { ServerDouble } from '../support/server.ts';

const tokenOf = (sub: string): string => `e30.${btoa(JSON.stringify({ sub }))}.x`;

const UNAUTHORIZED = { type: 'urn:changebucket:problem:unauthorized', title: 'no', status: 401, detail: 'no' };

/** One browser and one server, whose requests are counted by the subject of their token. */
class Setting {
  readonly clock = new Clock();
  readonly server = new ServerDouble(notes);
  readonly storage: ClientStorage = { ...memoryStorage(), scope: 'browser' };
  readonly locks = new LocksDouble();
  readonly application = `alice/notes-${Math.random()}`;
  readonly bodies: { subject: string; body: string }[] = [];
  /** Answers instead of the server. */
  intercept: (subject: string, method: string) => object | undefined = () => undefined;
  fate: () => Fate = () => 'fine';

  open({ isOnline = true, ...options }: NotesOptions & { isOnline?: boolean } = {}) {
    const page = new Page(this.clock);
    page.isOnline = isOnline;
    const network = networkTo(this.server, this.clock, { fate: () => this.fate() });
    const environment: Partial<Environment> = { ...page.environment, locks: this.locks.manager };
    const client = openNotes(this.server, this.clock, {
      application: this.application,
      storage: this.storage,
      environment,
      fetch: (input, init) => {
        const bearer = new Headers(init?.headers).get('Authorization')?.split('.')[1];
        const subject = bearer === undefined ? '' : (JSON.parse(atob(bearer)) as { sub: string }).sub;
        if (init?.method === 'PUT') this.bodies.push({ subject, body: String(init.body) });
        if (!page.isOnline) return Promise.reject(new TypeError('no network'));
        const answer = this.intercept(subject, init?.method ?? 'GET');
        if (answer === undefined) return network(input, init);
        return Promise.resolve(new Response(JSON.stringify(answer), { status: (answer as { status: number }).status }));
      },
      ...options,
    });
    return { client, page };
  }

  /** Passes time, and waits for the messages between tabs, which take turns of their own. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 50) {
      await this.clock.pass(50);
      for (let turn = 0; turn < 4; turn += 1) await settle();
    }
  }

  get sent(): string[] {
    return this.bodies.flatMap(({ subject, body }) =>
      [...body.matchAll(/"id":"(.*?)"/g)].map(([, id]) => `${subject}: ${id}`),
    );
  }
}

describe('two people at one browser', () => {
  it('the second is shown nothing of the first and sends nothing for it, also offline and with default names', async () => {
    const setting = new Setting();
    const alice = setting.open({ token: tokenOf('alice') });
    alice.client.push.note({ id: 'sent' });
    await setting.pass(3_000);
    alice.page.set({ isOnline: false });
    alice.client.push.note({ id: 'unsent' });
    await setting.pass(1_000);
    alice.client.close();
    await setting.pass(100);
    setting.bodies.length = 0;

    const bob = setting.open({ token: tokenOf('bob'), isOnline: false });
    await bob.client.ready;
    expect([bob.client.state, bob.client.status.pending, bob.client.confirmed]).toEqual([
      notes.initial(),
      0,
      undefined,
    ]);
    bob.page.set({ isOnline: true });
    await setting.pass(3_000);
    expect(setting.sent).toEqual([]);
    bob.client.close();

    const again = setting.open({ token: tokenOf('alice'), isOnline: false });
    await again.client.ready;
    expect([again.client.state.list, again.client.status.pending]).toEqual([['sent', 'unsent'], 1]);
    again.client.close();
  });

  it('in two tabs share no lock, no leader and no message: pushes, states, presence, status, queries for a leader', async () => {
    const setting = new Setting();
    const received: unknown[] = [];
    const subjects = ['alice', 'bob', ''];
    const spies = subjects.map((subject) => {
      const name = `changebucket:http://double.test/v1/apps/${setting.application}`;
      const channel = new BroadcastChannel(subject === '' ? name : `${name}#${subject}`);
      channel.onmessage = ({ data }: { readonly data: unknown }) => received.push([subject, JSON.stringify(data)]);
      return channel;
    });
    const tabs = subjects.map((subject) => setting.open(subject === '' ? {} : { token: tokenOf(subject) }));
    await setting.pass(2_000);
    expect(setting.locks.names).toHaveLength(3);
    for (const [index, { client, page }] of tabs.entries()) {
      client.push.note({ id: `of-${subjects[index]}` });
      client.presence.set({ at: subjects[index] ?? '' });
      page.set({ visibility: 'hidden' });
      page.set({ visibility: 'visible' });
    }
    await setting.pass(3_000);
    expect(setting.sent.toSorted()).toEqual([': of-', 'alice: of-alice', 'bob: of-bob']);
    expect(received.length).toBeGreaterThan(5);
    const pushes = received.filter(
      (each) => JSON.stringify(each).includes('queue-diff') || JSON.stringify(each).includes('changes-added'),
    );
    expect(pushes.length).toBeGreaterThanOrEqual(3);
    for (const [subject, text] of pushes as [string, string][])
      for (const other of subjects) if (other !== subject) expect(text).not.toContain(`"of-${other}"`);
    for (const each of spies) each.close();
    for (const { client } of tabs) client.close();
    await setting.pass(100);
  });

  it('a token that is no JWT is no failure of a memory, which stores nothing anyway', async () => {
    const setting = new Setting();
    const signals: unknown[] = [];
    for (const scope of ['page', 'browser'] as const) {
      const storage: ClientStorage = scope === 'page' ? memoryStorage() : { ...memoryStorage(), scope };
      const { client } = setting.open({ token: () => Promise.resolve('opaque'), storage, isOnline: false });
      client.push.note({ id: scope });
      await client.ready;
      signals.push([client.status.signal, client.state.list]);
      client.close();
    }
    expect(signals).toEqual([
      [undefined, ['page']],
      ['storage-failed', ['browser']],
    ]);
    await setting.pass(100);
  });

  it('a store that is another subject’s, whatever its name, is neither shown nor written', async () => {
    const setting = new Setting();
    const store = await memoryStorage().open('x');
    const storage: ClientStorage = { scope: 'page', open: () => Promise.resolve(store) };
    const alice = setting.open({ token: tokenOf('alice'), storage, isOnline: false });
    alice.client.push.note({ id: 'hers' });
    await setting.pass(500);
    alice.client.close();
    const bob = setting.open({ token: tokenOf('bob'), storage });
    bob.client.push.note({ id: 'his' });
    await setting.pass(3_000);
    expect([bob.client.state.list, bob.client.status.signal]).toEqual([['his'], 'storage-failed']);
    expect((await store.load('x')).entries.map(({ args }) => args)).toEqual([{ id: 'hers' }]);
    bob.client.close();
  });

  it('a token of another subject closes the client: it shows nothing, sends nothing, and says so', async () => {
    const setting = new Setting();
    let subject = 'alice';
    const { client, page } = setting.open({ token: () => Promise.resolve(tokenOf(subject)) });
    client.push.note({ id: 'a' });
    await setting.pass(3_000);
    page.set({ isOnline: false });
    const { applied } = client.push.note({ id: 'unsent' });
    const outcome = applied.catch((error: { problem: { type: string } }) => error.problem.type);
    await setting.pass(500);
    subject = 'bob';
    const seen: unknown[] = [];
    client.subscribe(
      ({ list }) => list,
      (list) => seen.push(list),
    );
    setting.intercept = (_, method) => (method === 'GET' ? UNAUTHORIZED : undefined);
    page.set({ isOnline: true });
    setting.bodies.length = 0;
    await setting.pass(20_000);
    expect(await outcome).toBe('urn:changebucket:client:subject-changed');
    expect([client.status.signal, client.state, client.confirmed, client.status.pending]).toEqual([
      'subject-changed',
      notes.initial(),
      undefined,
      0,
    ]);
    expect(seen.at(-1)).toEqual([]);
    expect(setting.bodies.filter((each) => each.subject === 'bob')).toEqual([]);
  });

  it('what was stored shows when the first token has come, or at once with the option `subject`', async () => {
    const setting = new Setting();
    const first = setting.open({ token: tokenOf('alice') });
    first.client.push.note({ id: 'a' });
    await setting.pass(4_000);
    first.client.close();
    await setting.pass(100);
    let isFailing = true;
    const token = (): Promise<string> =>
      isFailing ? Promise.reject(new Error('offline')) : Promise.resolve(tokenOf('alice'));
    const known = setting.open({ token, subject: 'alice', isOnline: false });
    await known.client.ready;
    expect(known.client.state.list).toEqual(['a']);
    known.client.close();
    await setting.pass(100);
    const unknown = setting.open({ token });
    await setting.pass(200);
    await unknown.client.ready;
    expect([unknown.client.state.list, unknown.client.status.signal]).toEqual([[], 'token-failed']);
    unknown.client.push.note({ id: 'b' });
    isFailing = false;
    await setting.pass(5_000);
    expect([unknown.client.state.list, unknown.client.status]).toMatchObject([
      ['a', 'b'],
      { pending: 0, signal: undefined },
    ]);
    unknown.client.close();
  });

  it('[A1] a token that is refused again and again before there is another one hides nothing', async () => {
    const setting = new Setting();
    const first = setting.open({ token: tokenOf('alice') });
    first.client.push.note({ id: 'a' });
    await setting.pass(4_000);
    first.client.close();
    await setting.pass(100);
    let [tokens, refusals] = [0, 0];
    const token = (): Promise<string> => {
      tokens += 1;
      return Promise.resolve(tokenOf('alice'));
    };
    setting.intercept = () => {
      if (tokens > 1) return undefined;
      refusals += 1;
      return UNAUTHORIZED;
    };
    const { client } = setting.open({ token });
    await client.ready;
    const seen: unknown[] = [];
    client.subscribe(
      ({ list }) => list,
      (list) => seen.push(list),
    );
    await setting.pass(5_000);
    expect(refusals).toBeGreaterThan(1);
    expect([seen, client.state.list]).toEqual([[], ['a']]);
    expect(client.status).toMatchObject({ signal: undefined, error: undefined });
    client.close();
  });

  it.each([
    ['forbidden', 403],
    ['unknown-application', 404],
    ['unauthorized', 401],
  ])(
    '[A3] [A4] after `%s` for good the state is neither shown nor stored; unsent changes wait and are counted',
    async (name, status) => {
      const setting = new Setting();
      const initialState = { list: ['of alice'], by: {} };
      const { client } = setting.open({
        token: () => Promise.resolve(tokenOf('alice')),
        seed: { state: initialState },
      });
      expect(client.state).toEqual(initialState);
      client.push.note({ id: 'secret' });
      await setting.pass(4_000);
      setting.intercept = () => ({ type: `urn:changebucket:problem:${name}`, title: 'no', status, detail: 'no' });
      await setting.pass(4_000);
      expect([client.confirmed, client.state.list]).toEqual([undefined, []]);
      client.close();
      await setting.pass(100);
      const next = setting.open({ token: tokenOf('alice'), isOnline: false });
      await next.client.ready;
      expect([next.client.confirmed, next.client.state.list]).toEqual([undefined, []]);
      next.client.push.note({ id: 'mine' });
      expect(next.client.status.pending).toBe(1);
      next.client.close();
    },
  );
});

describe('anonymous first, signed in later', () => {
  const anonymously = async (setting: Setting): Promise<void> => {
    setting.intercept = (subject) => (subject === '' ? UNAUTHORIZED : undefined);
    const { client } = setting.open();
    client.batch((push) => {
      for (const id of ['a', 'b']) push.note({ id });
    });
    await setting.pass(2_000);
    expect([client.status.pending, client.status.signal]).toEqual([2, 'unauthorized']);
    client.close();
    await setting.pass(100);
    setting.bodies.length = 0;
  };

  it('the changes stay where they are without the option `adopt`', async () => {
    const setting = new Setting();
    await anonymously(setting);
    const { client } = setting.open({ token: tokenOf('alice') });
    await setting.pass(3_000);
    expect([client.state.list, setting.sent]).toEqual([[], []]);
    client.close();
  });

  it('`adoptAnonymous` takes the unsent changes along, once and in order', async () => {
    const setting = new Setting();
    await anonymously(setting);
    for (let page = 0; page < 2; page += 1) {
      const { client } = setting.open({ token: tokenOf('alice'), adopt: adoptAnonymous });
      client.push.note({ id: `own-${page}` });
      await setting.pass(4_000);
      expect(client.status.pending).toBe(0);
      client.close();
      await setting.pass(100);
    }
    const applied = setting.server.applied.map(({ args }) => (args as { id: string }).id);
    // They were refused, so they have no numbers: they go behind what was pushed before they were moved.
    expect(applied).toEqual(['own-0', 'a', 'b', 'own-1']);
    // What was pushed as one is still one.
    expect(setting.server.log.map(({ batch }) => batch)).toEqual([undefined, 2, 2, undefined]);
    const left = setting.open({ isOnline: false });
    await left.client.ready;
    expect(left.client.status.pending).toBe(0);
    left.client.close();
  });

  it('[Q3] a change that was sent anonymously and whose answer was lost is not applied twice', async () => {
    const setting = new Setting();
    setting.fate = () => 'answer lost';
    const { client } = setting.open();
    client.push.note({ id: 'a' });
    await setting.pass(1_000);
    client.close();
    setting.fate = () => 'fine';
    expect(setting.server.applied).toHaveLength(1);
    await setting.pass(100);
    const next = setting.open({ token: tokenOf('alice'), adopt: adoptAnonymous });
    await setting.pass(4_000);
    expect([setting.server.applied.length, next.client.status.pending]).toEqual([1, 0]);
    next.client.close();
  });

  it('what an earlier version stored for nobody knows whom is taken along by `adoptUnattributed` alone', async () => {
    const setting = new Setting();
    const store = await setting.storage.open(`http://double.test/${setting.application}`);
    await store.load('old');
    await store.append({ id: 'x', name: 'note', args: { id: 'old' }, at: 0 });
    const careful = setting.open({ token: tokenOf('alice'), adopt: adoptAnonymous });
    await setting.pass(3_000);
    expect(careful.client.state.list).toEqual([]);
    careful.client.close();
    await setting.pass(100);
    const { client } = setting.open({ token: tokenOf('alice'), adopt: adoptUnattributed });
    await setting.pass(4_000);
    expect([client.state.list, client.status.pending]).toEqual([['old'], 0]);
    client.close();
  });
});
