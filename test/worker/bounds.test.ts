import { describe, expect, it } from 'vitest';
import type { Slice } from '../../src/core/drain/drain-slice.ts';
import { QUEUE_BYTES_MAX, QUEUE_CHANGES_MAX, WAITERS_MAX } from '../../src/protocol/limits.ts';
import { Waiters } from '../../src/server/application/read/waiters.ts';
import type { LoadedState } from '../../src/server/application/state/loaded-state.ts';
import { type Answer, type Api, debugApp, problemsIn } from '../support/api.ts';
import { hooks } from '../support/definitions.ts';
import { positionIn } from '../support/position.ts';

interface Change {
  readonly name: string;
  readonly args: { readonly [key: string]: string | number };
}

/** Fills more than one slice each: what stands behind them waits. */
const slow = (count: number): Change[] => Array.from({ length: count }, () => ({ name: 'busy', args: { ms: 9 } }));

/** Pushes batches faster than they can be applied until one is refused. */
const pushUntilFull = async (
  api: Api,
  batchAt: (n: number) => Change[],
): Promise<{ accepted: number; refused: Answer }> => {
  let n = 1;
  for (let sent = 0; sent < 100; sent += 1) {
    const changes = batchAt(n);
    const answer = await api.batch('c1', n, changes);
    if (answer.status !== 202) return { accepted: n - 1, refused: answer };
    n += changes.length;
  }
  throw new Error('the queue was never full');
};

describe('the queue is bounded', () => {
  it('[Q15] [B2] [J11] 10,000 changes: the batch that does not fit is refused whole, all others are applied once', async () => {
    const api = await debugApp();
    const note = (n: number): Change => ({ name: 'note', args: { key: `k${n}`, value: n } });
    const batchAt = (n: number): Change[] => {
      const wait = slow(20);
      return [...wait, ...Array.from({ length: 1_000 - wait.length }, (_, i) => note(n + wait.length + i))];
    };
    const runsBefore = hooks.runs;
    const { accepted, refused } = await pushUntilFull(api, batchAt);
    expect(problemsIn(refused, 429, 'queue-full')).toEqual([]);
    expect(refused.body).toMatchObject({ limit: QUEUE_CHANGES_MAX });
    expect(refused.body.size).toBeGreaterThan(QUEUE_CHANGES_MAX);
    expect(refused.headers.get('Retry-After')).toBe(String(refused.body.retryAfter));
    expect(positionIn(refused.headers).head).toBe(accepted);
    expect(positionIn(refused.headers).queue).toBeGreaterThan(QUEUE_CHANGES_MAX - 1_000);

    const repeated = await api.batch('c1', 1, batchAt(1));
    expect([repeated.status, repeated.body.receipts.every((each: any) => each.repeated)]).toEqual([202, true]);

    const numbers = Array.from({ length: accepted }, (_, i) => i + 1).filter((n) => (n - 1) % 1_000 >= 20);
    expect(numbers.length).toBeGreaterThan(9_000);
    expect(await api.drained()).toEqual({
      entries: { half: true, ...Object.fromEntries(numbers.map((n) => [`k${n}`, n])) },
    });
    expect(hooks.runs - runsBefore).toBe(numbers.length);
    const { head, version, queue } = await api.info();
    expect([head, version, queue.changes, queue.bytes]).toEqual([accepted, accepted, 0, 0]);

    const again = await api.batch('c1', accepted + 1, batchAt(accepted + 1));
    expect([again.status, again.body.receipts[0].seq]).toEqual([202, accepted + 1]);
    const late = (await api.drained()).entries;
    expect([late[`k${accepted + 1_000}`], hooks.runs - runsBefore]).toEqual([accepted + 1_000, numbers.length + 980]);
  });

  it('[Q15] [B2] 16 MB: what waits is counted in bytes, too', async () => {
    const api = await debugApp();
    const pad = 'x'.repeat(240_000);
    const padded = (n: number): Change => ({ name: 'context', args: { key: `k${n}`, pad } });
    const batchAt = (n: number): Change[] => [...slow(10), ...[10, 11, 12, 13].map((at) => padded(n + at))];
    const { accepted, refused } = await pushUntilFull(api, batchAt);
    expect(problemsIn(refused, 429, 'queue-full')).toEqual([]);
    expect(refused.body).toMatchObject({ limit: QUEUE_BYTES_MAX });
    expect(refused.body.size).toBeGreaterThan(QUEUE_BYTES_MAX);
    expect((await api.batch('c1', accepted + 1, slow(1))).status).toBe(202);

    const { entries } = await api.drained();
    const keys = Array.from({ length: accepted }, (_, i) => i + 1).filter((n) => (n - 1) % 14 >= 10);
    expect(Object.keys(entries).sort()).toEqual(['half', ...keys.map((n) => `k${n}`)].sort());
    expect(keys.map((n) => entries[`k${n}`].seq)).toEqual(keys);
    expect((await api.batch('c1', accepted + 2, batchAt(accepted + 2))).status).toBe(202);
  });
});

describe('waiting requests are bounded', () => {
  it('[B2] 5,000 wait, and the places are free again once they have been answered', async () => {
    const waiters = new Waiters();
    const waiting = Array.from({ length: WAITERS_MAX }, (_, index) => waiters.wait((index % 2) + 1, 25));
    expect(waiters.isFull).toBe(true);
    const slice = {} as Slice;
    waiters.onCommit({ version: 1, blockedBy: undefined } as LoadedState, slice);
    expect(waiters.isFull).toBe(false);
    await Promise.all(waiting.filter((_, index) => index % 2 === 0));
    waiters.onDeleted();
    await Promise.all(waiting);
  });
});
