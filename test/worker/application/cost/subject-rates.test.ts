import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Answer, Api, fresh, problemName, problemsIn } from '../../../support/api.ts';
import { connect, notePush, shake } from '../../../support/live.ts';
import { passTime, stopClock } from '../../../support/set-clock.ts';

beforeEach(stopClock);
afterEach(() => void vi.useRealTimers());

const text = 'x'.repeat(64 * 1_024);

/** An application whose subjects may cause so much in a second, and ten times that at once. */
const limited = async (perSecond: number, kind = 'document'): Promise<{ path: string; owner: Api; eager: Api }> => {
  const path = fresh(`rate-${perSecond}-${crypto.randomUUID()}`);
  const owner = new Api(path);
  expect((await owner.create(kind)).status).toBe(201);
  return { path, owner, eager: new Api(path, 'eager', { [path]: 'writer' }) };
};

/** Asks until it is refused. @returns the refusal, and how often it was answered before */
const untilRefused = async (ask: (n: number) => Promise<Answer>): Promise<{ refused: Answer; before: number }> => {
  for (let n = 1; n <= 200; n += 1) {
    const answer = await ask(n);
    if (answer.status === 429) return { refused: answer, before: n - 1 };
    expect(answer.status).toBeLessThan(400);
  }
  throw new Error('never refused');
};

describe('[F4] [A9] what one subject causes is limited by the application itself', () => {
  it('requests of any kind: a burst of ten seconds, then 429 with the wait; others are not concerned', async () => {
    const { owner, eager } = await limited(2);
    await owner.merge('c1', 1, { a: 1 }, { Prefer: 'wait=5' });
    const { refused, before } = await untilRefused((n) => (n % 2 === 0 ? eager.ticket('c1', 1) : eager.state()));
    expect(problemsIn(refused, 429, 'rate-limited')).toEqual([]);
    expect(refused.headers.get('Retry-After')).toBe(String(refused.body.retryAfter));
    expect(before).toBeGreaterThanOrEqual(20);
    expect(before).toBeLessThan(60);
    for (const ask of [() => eager.call('GET', ''), () => eager.log(0), () => eager.merge('e', 1, { e: 1 })])
      expect(problemName(await ask())).toBe('rate-limited');
    expect((await owner.state()).status).toBe(200);
    passTime(refused.body.retryAfter * 1_000);
    expect((await eager.merge('e', 1, { e: 1 })).status).toBe(202);
  });

  it('bytes: a large change counts like several requests', async () => {
    const { eager } = await limited(2);
    const { before } = await untilRefused((n) => eager.merge('e', n, { text }));
    expect(before).toBeGreaterThanOrEqual(4);
    expect(before).toBeLessThan(12);
  });

  it('work: changes that copy what they were not sent count by what they copied', async () => {
    const { owner, eager } = await limited(2);
    for (let n = 1; n <= 3; n += 1) await owner.merge('o', n, { large: { [`text${n}`]: text } }, { Prefer: 'wait=5' });
    const copy = Array.from({ length: 10 }, (_, index) => ({ op: 'copy', from: '/large', path: `/copy${index}` }));
    const patch = (n: number) =>
      eager.call('PUT', `/changes/e/${n}`, copy, {
        'Content-Type': 'application/json-patch+json',
        Prefer: 'wait=5',
      });
    const { before } = await untilRefused(patch);
    expect(before).toBeLessThan(4);
    expect((await owner.state()).status).toBe(200);
  });

  it('frames and handshakes: a push is refused in a frame, and the socket stays open for what costs nothing', async () => {
    const { path, eager } = await limited(2, 'debug');
    const line = await connect(path, { subject: 'eager', apps: { [path]: 'writer' } });
    await line.next('authorized');
    for (let n = 1; n <= 800; n += 1) line.send({ type: 'unsubscribe' });
    line.send(notePush('frames', 1, 'a'));
    const { problem } = await line.next('refused');
    const { retryAfter = 0 } = problem;
    expect(problem).toMatchObject({ status: 429, type: 'urn:changebucket:problem:rate-limited' });
    expect(retryAfter).toBeGreaterThanOrEqual(1);
    // Some time has passed, in which a little was granted again.
    expect((await untilRefused(() => eager.state())).before).toBeLessThan(10);
    const handshakes: number[] = [];
    for (let n = 0; n < 10; n += 1)
      handshakes.push((await shake(path, { subject: 'eager', apps: { [path]: 'writer' } })).status);
    expect(handshakes).toContain(429);
    for (let n = 1; n <= 40; n += 1) line.send({ type: 'presence', data: 'x'.repeat(1_000) });
    for (let n = 1; n <= 40; n += 1) expect((await line.next('error')).problem).toMatchObject({ status: 429 });
    line.send({ type: 'unsubscribe' });
    passTime(retryAfter * 1_000 + 1_000);
    line.send({ type: 'subscribe' });
    expect(await line.next('state')).toBeDefined();
  });

  it('a rate that is no number refuses everything, and says so', async () => {
    const api = new Api(fresh(`rate-many-${crypto.randomUUID()}`));
    const answer = await api.state();
    expect([answer.status, problemName(answer)]).toEqual([503, 'not-configured']);
    expect(answer.body.detail).toContain('RATE_REQUESTS_PER_SECOND');
  });
});
