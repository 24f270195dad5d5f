import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  BATCH_CHANGES_MAX,
  CHANGE_WORK_BYTES_MAX,
  QUEUE_CHANGES_MAX,
  SUBJECT_WORK_BYTES_MAX,
} from '../../../../src/protocol/limits.ts';
import { type Answer, Api, fresh, problemsIn } from '../../../support/api.ts';
import { evict } from '../../../support/objects.ts';
import { stopAlarms, stopClock } from '../../../support/set-clock.ts';

/** Bytes of the value that the hog copies again and again: three copies are a third of what one change may do. */
const VALUE_BYTES = 3_600_000;
const COPIES = 3;

const copies = Array.from({ length: COPIES }, (_, index) => ({ op: 'copy', from: '/value', path: `/copy${index}` }));
const bomb = (): any => ({ name: 'patch', args: [...copies, ...copies.map(({ path }) => ({ op: 'remove', path }))] });

interface Contest {
  readonly hog: Api;
  readonly honest: Api;
}

/** One document with a large value, and two writers of it. */
const contest = async (): Promise<Contest> => {
  const path = fresh();
  const owner = new Api(path);
  const part = 'x'.repeat(200_000);
  const parts = Array.from({ length: VALUE_BYTES / part.length }, (_, index) => [`part${index}`, part] as const);
  await owner.merge('owner', 1, { value: {}, honest: 0 });
  for (const [index, [key, text]] of parts.entries())
    await owner.merge('owner', index + 2, { value: { [key]: text } }, { Prefer: 'wait=10' });
  const apps = { [path]: 'writer' };
  return { hog: new Api(path, 'hog', apps), honest: new Api(path, 'honest', apps) };
};

const settled = async (api: Api, client: string, n: number): Promise<any> => {
  for (let tries = 0; tries < 400; tries += 1) {
    const { body } = await api.ticket(client, n);
    if (body.status !== 'queued') return body;
    await scheduler.wait(25);
  }
  throw new Error(`${client}/${n} was still queued`);
};

const outcomes = async (api: Api, first: number): Promise<any[]> => {
  const entries: any[] = [];
  for (let after: number | undefined = first; after !== undefined; ) {
    const { body }: Answer = await api.log(after);
    entries.push(...body.entries);
    after = body.next;
  }
  return entries;
};

afterEach(() => void vi.useRealTimers());

describe('one writer cannot hold up another', () => {
  it('[F2] an honest change behind a batch of bombs is applied after a bounded amount of work, and stays honest', async () => {
    const { hog, honest } = await contest();
    const { head } = await hog.info();
    const batch = Array.from({ length: BATCH_CHANGES_MAX }, bomb);
    const accepted = await hog.batch('bombs', 1, batch);
    expect(accepted.status).toBe(202);
    const begun = Date.now();
    const answer = await honest.merge('honest', 1, { honest: 1 });
    expect(answer.status).toBe(202);
    expect(await settled(honest, 'honest', 1)).toMatchObject({ status: 'applied' });
    const waited = Date.now() - begun;
    const log = await outcomes(honest, head);
    const before = log.filter(({ user, seq }) => user === 'hog' && seq < answer.body.seq);
    expect(before.length).toBe(batch.length);
    // Before the honest change came, nothing was bounded: nobody waited. One bomb may have been under way.
    const { acceptedAt } = log.find(({ user }) => user === 'honest');
    const applied = before.filter(({ outcome, appliedAt }) => outcome === 'applied' && appliedAt >= acceptedAt).length;
    const workPerBomb = COPIES * VALUE_BYTES;
    expect(applied * workPerBomb).toBeLessThanOrEqual(2 * SUBJECT_WORK_BYTES_MAX + 2 * CHANGE_WORK_BYTES_MAX);
    const done = Math.round((applied * workPerBomb) / 1e6);
    console.log(
      `an honest change behind ${batch.length} bombs of ${workPerBomb / 1e6} MB: ${waited} ms, ${done} MB of them done`,
    );
    const rejected = before.filter(({ outcome }) => outcome !== 'applied');
    expect(rejected.length).toBeGreaterThan(100);
    for (const { outcome, problem } of rejected)
      expect([outcome, problem.type]).toEqual(['rejected', 'urn:changebucket:problem:too-much-work']);
  });

  it('[F2] the next bombs are refused at the door, with the cure, as long as others of them wait', async () => {
    // None is applied before the others have come.
    stopAlarms();
    const { hog, honest } = await contest();
    expect((await hog.push('bombs', 1, 'patch', bomb().args, { Prefer: 'wait=10' })).status).toBe(200);
    const answers: Answer[] = [];
    for (let n = 2; n <= 12; n += 1) answers.push(await hog.push('bombs', n, 'patch', bomb().args));
    const refused = answers.find(({ status }) => status !== 202) as Answer;
    expect(problemsIn(refused, 429, 'rate-limited')).toEqual([]);
    expect(refused.body).toMatchObject({ limit: SUBJECT_WORK_BYTES_MAX, retryAfter: 1 });
    expect(refused.body.size).toBeGreaterThan(SUBJECT_WORK_BYTES_MAX);
    expect((await honest.merge('honest', 1, { honest: 1 })).status).toBe(202);
    await hog.drained();
    const n = answers.findIndex(({ status }) => status !== 202) + 2;
    expect((await hog.push('bombs', n, 'patch', bomb().args)).status).toBe(202);
  });

  it('[F2] cheap changes of a subject that has spent its work are applied all the same', async () => {
    const { hog, honest } = await contest();
    const cheap = Array.from({ length: 50 }, (_, index) => ({ name: 'merge', args: { [`cheap${index}`]: index } }));
    expect((await hog.batch('bombs', 1, [...Array.from({ length: 6 }, bomb), ...cheap])).status).toBe(202);
    expect((await honest.merge('honest', 1, { honest: 1 })).status).toBe(202);
    const state = await honest.drained();
    for (let index = 0; index < cheap.length; index += 1) expect(state[`cheap${index}`]).toBe(index);
  });

  it('[F2] a writer alone may do as much as it likes: nobody waits', async () => {
    // A change that takes a second is rejected: here none does, however slow the machine is.
    stopClock();
    const { hog } = await contest();
    const accepted = await hog.batch('bombs', 1, Array.from({ length: 12 }, bomb));
    expect(accepted.status).toBe(202);
    await hog.drained();
    expect((await new Api(hog.path.replace('/v1/apps/', '')).call('GET', '/rejections')).body.rejections).toEqual([]);
  });
});

describe('one writer cannot fill the queue', () => {
  /** Fills a slice: what stands behind it waits. */
  const slow = { name: 'busy', args: { ms: 9 } };
  const note = { name: 'note', args: { key: 'a', value: 1 } };
  const batch = [...Array.from({ length: 30 }, () => slow), ...Array.from({ length: 970 }, () => note)];

  const fill = async (api: Api, client: string): Promise<Answer> => {
    for (let n = 1; n < 30_000; n += batch.length) {
      const answer = await api.batch(client, n, batch);
      if (answer.status !== 202) return answer;
    }
    throw new Error('the queue was never full');
  };

  it('[Q15] [F1] a full share is refused with its limit, others are accepted, also after an eviction', async () => {
    const path = fresh();
    await new Api(path).create('debug');
    const writer = (subject: string): Api => new Api(path, subject, { [path]: 'writer' });
    const first = await fill(writer('first'), 'c1');
    expect(problemsIn(first, 429, 'queue-full')).toEqual([]);
    expect(first.body).toMatchObject({ limit: QUEUE_CHANGES_MAX, retryAfter: 1 });
    expect((await writer('honest').batch('c2', 1, batch)).status).toBe(202);
    await evict(path);
    expect(problemsIn(await writer('first').batch('c3', 1, batch), 429, 'queue-full')).toEqual([]);
    expect((await writer('third').batch('c4', 1, batch.slice(0, 100))).status).toBe(202);
  });
});
