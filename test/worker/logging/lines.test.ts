import { runDurableObjectAlarm } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { REFUSED_TOKENS_BURST } from '../../../src/protocol/operating-limits.ts';
import { DrainLoop } from '../../../src/server/application/drain/drain-loop.ts';
import { Api, fresh, sign } from '../../support/api.ts';
import { deployCounter, hooks } from '../../support/definitions.ts';
import { connect } from '../../support/live.ts';
import { abortAll, evict, inside, stubOf } from '../../support/objects.ts';
import { until } from '../../support/wait.ts';

const SECRET = 'whatever-a-user-has-written';
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** Far ahead, so that no alarm fires by itself: each line has the cause that its test names. */
let now = Date.now() + DAY_MS;
let lines: any[] = [];
let printed: string[] = [];

beforeEach(() => {
  lines = [];
  printed = [];
  now += 2 * MINUTE_MS;
  vi.useFakeTimers({ toFake: ['Date'], now });
  vi.spyOn(console, 'error').mockImplementation((line: string) => {
    printed.push(line);
    if (line.startsWith('{"level"')) lines.push(JSON.parse(line));
  });
});

afterEach(async () => {
  // A run that still looks for more would take the time that passes until the next test.
  await abortAll();
  expect(printed.join('\n')).not.toContain(SECRET);
  expect(printed.join('\n')).not.toMatch(/eyJ[\w-]+\.[\w-]+\.[\w-]+/);
  vi.restoreAllMocks();
  vi.useRealTimers();
  deployCounter(1);
});

const logged = (message: string): any[] => lines.filter((line) => line.message === message);
const nameOf = ({ path }: Api): string => path.replace('/v1/apps/', '');
const pass = (ms: number): void => {
  now += ms;
  vi.setSystemTime(now);
};
const later = (): void => pass(MINUTE_MS + 1);

let rays = 0;
/** The headers of a request whose id the test knows, as Cloudflare gives it. */
const asked = (): { readonly 'cf-ray': string } => {
  rays += 1;
  return { 'cf-ray': `${rays.toString(16).padStart(16, '0')}-FRA` };
};

/** An application whose state holds the secret. */
const application = async (): Promise<Api> => {
  const api = new Api(fresh());
  await api.create('debug');
  await api.push('c', 1, 'note', { key: 'secret', value: SECRET }, { Prefer: 'wait=5' });
  // The run that has applied it may still look for more.
  await evict(api.path);
  return api;
};

const line = (message: string, rest: object): object => ({
  level: 'error',
  time: new Date(now).toISOString(),
  message,
  ...rest,
});

describe('lines of an application', () => {
  /** A change whose last attempts have ended the instance. */
  const doomed = async (api: Api, n: number): Promise<string> => {
    await api.push('c', n, 'note', { key: SECRET, value: SECRET });
    await inside(
      api.path,
      ({ sql }) => sql.exec('UPDATE application SET attemptSeq = ?, attempts = 99', n).rowsWritten,
    );
    await evict(api.path);
    const reader = asked();
    await api.state({ Prefer: 'drain', ...reader });
    await evict(api.path);
    return reader['cf-ray'];
  };

  it('[G2] [D5] a dead letter: once with the request that has tried it and its seq, and once a minute', async () => {
    const api = await application();
    const about = { application: nameOf(api), change: 'note' };
    const first = await doomed(api, 2);
    await doomed(api, 3);
    const told = logged('a change became a dead letter');
    expect(told).toEqual([line('a change became a dead letter', { ...about, seq: 2, request: first })]);
    later();
    const third = await doomed(api, 4);
    const more = line('a change became a dead letter', { ...about, seq: 4, request: third, leftOut: 1 });
    expect(logged('a change became a dead letter')).toEqual([...told, more]);
  });

  it('[G2] a kind that the deployment lacks: once with the request that has met it, and once a minute', async () => {
    const api = await application();
    await inside(api.path, ({ sql }) => sql.exec("UPDATE application SET kind = 'gone'").rowsWritten);
    const meet = async (): Promise<string> => {
      await evict(api.path);
      const reader = asked();
      await api.state(reader);
      return reader['cf-ray'];
    };
    const message = 'the deployment lacks the kind of an application';
    const about = { application: nameOf(api), kind: 'gone' };
    const first = await meet();
    await meet();
    expect(logged(message)).toEqual([line(message, { ...about, request: first })]);
    later();
    const third = await meet();
    expect(logged(message)[1]).toEqual(line(message, { ...about, request: third, leftOut: 1 }));
  });

  it.each(['the drain of a reader', 'the turn that accepts'])(
    '[G2] %s that takes over a second: once with its request, and once a minute',
    async (where) => {
      const api = await application();
      const runs = vi.spyOn(DrainLoop.prototype, 'run').mock.settledResults;
      // The run that has applied a change still looks for more.
      const runsEnded = () => until(() => runs.every(({ type }) => type !== 'incomplete'));
      const wait = { Prefer: 'wait=5' };
      // Each life of an object sets it anew.
      await api.info();
      hooks.kill = () => pass(1_500);
      // An instance that has lived for some time applies what is awaited in the turn that accepts it [D12].
      if (where === 'the turn that accepts') pass(MINUTE_MS);
      const [first, third] = [asked(), asked()];
      await api.push('c', 2, 'kill', {}, { ...wait, ...first });
      const at = now;
      await runsEnded();
      await api.push('c', 3, 'kill', {}, wait);
      const about = { application: nameOf(api), ms: 1_500, changes: 1 };
      const slow = { ...line('a drain was slow', { ...about, seq: 2, request: first['cf-ray'] }) };
      expect(logged('a drain was slow')).toEqual([{ ...slow, time: new Date(at).toISOString() }]);
      await runsEnded();
      later();
      await api.push('c', 4, 'kill', {}, { ...wait, ...third });
      hooks.kill = () => undefined;
      expect(logged('a drain was slow')[1]).toMatchObject({ ...about, seq: 4, request: third['cf-ray'], leftOut: 1 });
    },
  );

  it('[G2] [E2] a failed change: with the request that has brought it, whoever applies it; over a socket with none', async () => {
    const api = await application();
    const [writer, reader] = [asked(), asked()];
    await api.push('c', 2, 'throw', { key: SECRET }, writer);
    const socket = await connect(nameOf(api));
    socket.send({ type: 'push', client: 's', n: 1, name: 'not-json', args: { key: SECRET } });
    await socket.next('outcomes');
    await api.state({ Prefer: 'drain', ...reader });
    socket.close();
    expect(logged('a change failed').map(({ seq, request }) => [seq, request])).toEqual([
      [2, writer['cf-ray']],
      [3, undefined],
    ]);
  });

  it('[G2] [L5] a failed migration: once with the request that has tried it, or none where the alarm did', async () => {
    const failing = async (): Promise<Api> => {
      deployCounter(1);
      const api = new Api(fresh());
      await api.create('counter');
      await api.push('c', 1, 'add', { by: 1 }, { Prefer: 'wait=5' });
      deployCounter(3);
      await evict(api.path);
      return api;
    };
    const [first, second] = [await failing(), asked()];
    await first.state({ Prefer: 'drain', ...second });
    const alarmed = await failing();
    await inside(alarmed.path, (storage) => storage.setAlarm(now + MINUTE_MS));
    await runDurableObjectAlarm(stubOf(alarmed.path));
    const told = logged('a migration failed').map(({ application: about, seq, request }) => [about, seq, request]);
    expect(told).toEqual([
      [nameOf(first), 2, second['cf-ray']],
      [nameOf(alarmed), 2, undefined],
    ]);
  });
});

describe('lines of requests', () => {
  it('[G2] an answer from 500 on: once a minute, with the request and how many were left out', async () => {
    const api = await application();
    await inside(api.path, ({ sql }) => sql.exec('UPDATE application SET layout = 1').rowsWritten);
    await evict(api.path);
    const [first, third] = [asked(), asked()];
    await api.state(first);
    await api.push('c', 2, 'note', { key: SECRET, value: SECRET });
    later();
    await api.state(third);
    const about = { application: nameOf(api), status: 503 };
    expect(logged('a request was not answered')).toMatchObject([
      { ...about, request: first['cf-ray'] },
      { ...about, request: third['cf-ray'], leftOut: 1 },
    ]);
  });

  it('[G2] [W2] a burst of tokens that are refused in frames is told once, whether or not a socket is open', async () => {
    const api = await application();
    const bad = `${(await sign({ sub: 'alice' })).slice(0, -9)}${'A'.repeat(9)}`;
    const open = await connect(nameOf(api));
    for (let i = 1; i < REFUSED_TOKENS_BURST; i += 1) {
      open.send({ type: 'auth', token: bad });
      await open.next('error');
    }
    expect(logged('tokens are refused')).toEqual([]);
    const guest = await connect(nameOf(api), { headers: { 'Sec-WebSocket-Protocol': 'changebucket.v1', ...asked() } });
    guest.send({ type: 'auth', token: bad });
    await guest.next('closed');
    open.send({ type: 'auth', token: bad });
    await open.next('error');
    const request = `${rays.toString(16).padStart(16, '0')}-FRA`;
    expect(logged('tokens are refused')).toEqual([
      line('tokens are refused', { request, count: REFUSED_TOKENS_BURST }),
    ]);
    open.close();
  });

  it('[G2] an id that is not of the form of Cloudflare is not taken over', async () => {
    const api = new Api(fresh());
    const answer = await api.state({ 'cf-ray': `${SECRET}${'x'.repeat(1_000)}` });
    expect(answer.headers.get('Changebucket-Request')).toMatch(/^[\da-f-]{36}$/);
  });
});
