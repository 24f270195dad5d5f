import { describe, expect, it } from 'vitest';
import { type ApiOptions, type ApplicationApi, createApi, ProblemError, type Retry } from '../../../src/api/index.ts';
import { printPosition } from '../../../src/protocol/position.ts';

// The API against networks, proxies and tokens that fail; test/worker/api has it against the real server.

const POSITION = { 'Changebucket-Position': printPosition({ epoch: 'e', version: 1, head: 1, queue: 0, lag: 0 }) };
const json = (status: number, body: unknown, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { ...POSITION, ...headers } });
const STATE = () => json(200, { a: 1 }, { ETag: '"e.1"' });
const RECEIPT = () => json(202, { client: '~', n: 1, seq: 1, version: 0 });
const RECEIPTS = () => json(201, { receipts: [] });
const DONE = () => new Response(null, { status: 204 });
const problem = (status: number, name: string, headers: Record<string, string> = {}): Response =>
  json(status, { type: `urn:changebucket:problem:${name}`, title: 'T', status, detail: 'D' }, headers);
const BUSY = () => problem(503, 'unavailable', { 'Retry-After': '2' });
const LOST = (): never => {
  throw new TypeError('the network is gone');
};
const NOT_LISTENING = (): never => {
  throw Object.assign(new TypeError('fetch failed'), { cause: new Error('connect ECONNREFUSED') });
};

type Script = (init: RequestInit) => Response | Promise<Response>;

/** An application whose requests are answered by a script; its clock passes by the pauses that it makes. */
const scripted = (answers: readonly Script[], options: Partial<ApiOptions> = {}) => {
  const sent: RequestInit[] = [];
  const pauses: number[] = [];
  let now = 0;
  const fetch = async (_: unknown, init: RequestInit = {}): Promise<Response> => {
    sent.push(init);
    const answer = answers[Math.min(sent.length, answers.length) - 1];
    return answer?.(init) ?? STATE();
  };
  const api = createApi({
    url: 'https://state.example',
    ...options,
    environment: {
      fetch: fetch as typeof globalThis.fetch,
      now: () => now,
      random: () => 0,
      setTimer: (ms, call) => {
        // The time limits of answers are not waited for, pauses are.
        if (ms >= 10_000) return () => undefined;
        pauses.push(ms);
        now += ms;
        queueMicrotask(call);
        return () => undefined;
      },
      ...options.environment,
    },
  });
  return { sent, pauses, application: api.application('alice/list') };
};

const failureOf = async (promise: Promise<unknown>): Promise<ProblemError> => {
  const error = await promise.then(
    () => 'no problem',
    (each: unknown) => each,
  );
  if (!(error instanceof ProblemError)) throw error;
  return error;
};

const headerOf = ({ headers }: RequestInit, name: string): string | null => new Headers(headers).get(name);

describe('what is safe to repeat', () => {
  it('[Q1] [Q8] a push is sent again under the same key, after Retry-After, until it is answered', async () => {
    const { application, sent, pauses } = scripted([
      BUSY,
      LOST,
      () => new Response('<h1>502</h1>', { status: 502 }),
      RECEIPT,
    ]);
    expect(await application.push({ name: 'add' })).toMatchObject({ seq: 1, status: 'queued' });
    expect(pauses).toEqual([2_000, 250, 250]);
    expect(new Set(sent.map((each) => headerOf(each, 'Idempotency-Key'))).size).toBe(1);
    expect(new Set(sent.map(({ body }) => body)).size).toBe(1);
  });

  it.each([
    ['a state', (each: ApplicationApi) => each.state()],
    ['a push', (each: ApplicationApi) => each.push({ name: 'add' }, { client: 'c', n: 1 })],
    ['a batch', (each: ApplicationApi) => each.batch({ client: 'c', n: 1, changes: [{ name: 'add' }] })],
    ['a creation', (each: ApplicationApi) => each.create('todos')],
    ['the log', (each: ApplicationApi) => each.log().page()],
  ])('%s is sent again when nobody knows what happened', async (_, call) => {
    const { application, sent } = scripted([LOST, () => json(200, { client: 'c', n: 1, seq: 1, tickets: [] })]);
    await call(application);
    expect(sent.length).toBe(2);
  });

  it.each([
    ['a deletion', (each: ApplicationApi) => each.delete(), DONE],
    ['an undelete', (each: ApplicationApi) => each.undelete(), RECEIPTS],
    ['a purge', (each: ApplicationApi) => each.purge(), DONE],
    ['a retry', (each: ApplicationApi) => each.retryRejection(1), RECEIPTS],
    ['a discard', (each: ApplicationApi) => each.discardRejection(1), DONE],
    ['an import', (each: ApplicationApi) => each.import('{}'), RECEIPTS],
  ])('%s is sent again only when nothing can have happened', async (_, call, answer) => {
    const unknown = scripted([LOST]);
    expect((await failureOf(call(unknown.application))).name).toBe('unreachable');
    expect(unknown.sent.length).toBe(1);
    const refused = scripted([BUSY, NOT_LISTENING, answer]);
    await call(refused.application);
    expect(refused.sent.length).toBe(3);
  });

  it('a stream is sent once, and its body is not', async () => {
    const { application, sent } = scripted([BUSY]);
    const stream = new Blob(['{}']).stream() as ReadableStream<Uint8Array>;
    expect((await failureOf(application.import(stream))).name).toBe('unavailable');
    expect(sent.length).toBe(1);
    expect(sent[0]).toMatchObject({ duplex: 'half' });
  });

  it('it ends with the last problem when the time is over, or when the server asks for more than that', async () => {
    const all: Retry[] = [];
    const busy = scripted([BUSY], { retryMs: 9_000, onRetry: (retry) => all.push(retry) });
    expect(await failureOf(busy.application.state())).toMatchObject({ name: 'unavailable', problem: { status: 503 } });
    expect(all.map(({ attempt, passedMs, pauseMs }) => [attempt, passedMs, pauseMs])).toEqual([
      [1, 0, 2_000],
      [2, 2_000, 2_000],
      [3, 4_000, 2_000],
      [4, 6_000, 2_000],
    ]);
    const full = scripted([() => problem(429, 'budget-exceeded', { 'Retry-After': '3600' })]);
    expect((await failureOf(full.application.push({ name: 'add' }))).name).toBe('budget-exceeded');
    expect(full.sent.length).toBe(1);
    const once = scripted([LOST], { retryMs: 0 });
    expect((await failureOf(once.application.state())).name).toBe('unreachable');
    expect(once.sent.length).toBe(1);
  });

  it('[A5] a 503 that does not say when to come back, and every other refusal, are final', async () => {
    for (const answer of [() => problem(503, 'not-configured'), () => problem(404, 'unknown-application')]) {
      const { application, sent } = scripted([answer]);
      await failureOf(application.state());
      expect(sent.length).toBe(1);
    }
  });

  it('an answer whose body breaks is asked for again', async () => {
    const broken = () => {
      const body = new ReadableStream({ pull: (each) => each.error(new TypeError('cut')) });
      return new Response(body, { headers: POSITION });
    };
    const { application, sent } = scripted([broken, STATE]);
    expect((await application.state()).state).toEqual({ a: 1 });
    expect(sent.length).toBe(2);
  });
});

describe('an answer that is not from Changebucket', () => {
  it.each([
    ['a page', () => new Response('<html>Sign in</html>', { status: 200 }), '200, text/plain;charset=UTF-8: Sign in'],
    ['a page with an error', () => new Response('no', { status: 403 }), '403, text/plain;charset=UTF-8: no'],
    ['JSON without a version', () => new Response('{}', { status: 200 }), '200, text/plain;charset=UTF-8: {}'],
    [
      'a redirect',
      () => new Response(null, { status: 302, headers: { Location: 'https://login.example/' } }),
      'redirects to https://login.example/',
    ],
  ])('%s is a problem with the name foreign', async (_, answer, detail) => {
    const { application, sent } = scripted([answer]);
    expect(await failureOf(application.state())).toMatchObject({ name: 'foreign', problem: { detail } });
    expect(sent[0]).toMatchObject({ redirect: 'manual' });
  });

  it.each([
    ['delete', (each) => each.delete()],
    ['purge', (each) => each.purge()],
    ['discardRejection', (each) => each.discardRejection(1)],
    ['setPublic', (each) => each.setPublic(true)],
    ['export', (each) => each.export()],
  ] as readonly [string, (application: ApplicationApi) => Promise<unknown>][])(
    'a page to sign in is not taken for the success of %s',
    async (_, call) => {
      const page = new Response('<html>Sign in</html>', { status: 200, headers: { 'Content-Type': 'text/html' } });
      const { application, sent } = scripted([() => page]);
      expect(await failureOf(call(application))).toMatchObject({ name: 'foreign', problem: { status: 200 } });
      expect(sent.length).toBe(1);
    },
  );

  it('nor is another text the success of what has nothing to tell', async () => {
    const { application } = scripted([() => new Response('OK'), () => new Response(null, { status: 204 })]);
    expect(await failureOf(application.delete())).toMatchObject({ name: 'foreign' });
    expect(await application.delete()).toBe(undefined);
  });

  it('[S2] an etag that a proxy has changed or dropped names the version all the same', async () => {
    for (const headers of [{ ETag: 'W/"e.1-gzip"' }, {}] as Record<string, string>[]) {
      const { application } = scripted([() => json(200, {}, headers)]);
      expect(await application.state()).toMatchObject({ epoch: 'e', version: 1, etag: '"e.1"' });
    }
  });
});

describe('time limits and aborts', () => {
  const hanging: Script = ({ signal }) =>
    new Promise((_, reject) => {
      const abort = () => reject(new DOMException('gone', 'AbortError'));
      if (signal?.aborted) abort();
      signal?.addEventListener('abort', abort);
    });

  it('an answer that does not come in time is a problem, timeout', async () => {
    const { application } = scripted([hanging], { timeoutMs: 500, retryMs: 0 });
    expect((await failureOf(application.state())).name).toBe('timeout');
  });

  it('a long-poll may take its own time beside that', async () => {
    const limits: number[] = [];
    const setTimer = (ms: number) => {
      limits.push(ms);
      return () => undefined;
    };
    const { application } = scripted([STATE], { timeoutMs: 1_000, environment: { setTimer } });
    await application.state({ wait: 20, minVersion: 1 });
    expect(limits[0]).toBe(21_000);
  });

  it('a signal ends a request, a pause and a call that has not begun, with its reason', async () => {
    const reason = new Error('enough');
    const request = new AbortController();
    const waiting = scripted([hanging]).application.state({ signal: request.signal });
    request.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(scripted([STATE]).application.info({ signal: request.signal })).rejects.toBe(reason);
    const pause = new AbortController();
    const { application, sent } = scripted([BUSY], { onRetry: () => pause.abort(reason) });
    await expect(application.state({ signal: pause.signal })).rejects.toBe(reason);
    expect(sent.length).toBe(1);
  });
});

describe('tokens', () => {
  it('[A1] one that is refused is replaced once, even for what is not safe to repeat', async () => {
    const tokens = ['old', 'new'];
    let clock = 0;
    const { application, sent } = scripted(
      [() => problem(401, 'unauthorized'), () => new Response(null, { status: 204 })],
      {
        token: async () => tokens.shift() ?? 'none',
        environment: { now: () => (clock += 2_000) },
      },
    );
    await application.delete();
    expect(sent.map((each) => headerOf(each, 'Authorization'))).toEqual(['Bearer old', 'Bearer new']);
    const fixed = scripted([() => problem(401, 'unauthorized')], { token: 'a.b.c' });
    expect((await failureOf(fixed.application.state())).name).toBe('unauthorized');
    expect(fixed.sent.length).toBe(1);
  });

  it('a function that fails is a problem, no-token, with its error as the cause', async () => {
    const cause = new Error('signed out');
    const { application, sent } = scripted([STATE], { token: () => Promise.reject(cause) });
    expect(await failureOf(application.state())).toMatchObject({ name: 'no-token', cause });
    expect(sent.length).toBe(0);
  });
});

describe('a mistake of the caller', () => {
  it('[I1] ends the call at once, before anything is sent', async () => {
    const { application, sent, pauses } = scripted([LOST]);
    for (const idempotencyKey of ['ключ', '', ' a', '-a', 'a'.repeat(129)])
      await expect(application.push({ name: 'add' }, { idempotencyKey })).rejects.toThrow(
        new TypeError(`idempotencyKey is "${idempotencyKey}": it must be an id [I1]`),
      );
    const headers = [
      ['If-Match', application.push({ name: 'add' }, { ifMatch: '"ключ"' })],
      ['Changebucket-Kind', application.push({ name: 'add' }, { kind: 'ключ' })],
      ['If-None-Match', application.state({ ifNoneMatch: '"a"\n' })],
    ] as const;
    for (const [name, call] of headers) await expect(call).rejects.toThrow(`${name} is "`);
    expect([sent, pauses]).toEqual([[], []]);
  });

  it('that is a `url` throws when the API is made', () => {
    for (const url of [
      '',
      'state.example',
      'localhost:8787',
      'http://u:p@a.test',
      'http://a.test?x',
      undefined as never,
    ])
      expect(() => createApi({ url })).toThrow(new TypeError(`url is "${url}": it must be like https://state.example`));
  });
});
