import { describe, expect, it } from 'vitest';
import {
  moveToEpoch,
  type PendingChange,
  type PendingQueue,
  sortPending,
} from '../../../../src/client/push/pending-queue.ts';
import { assignNumbers, nextPushRequest } from '../../../../src/client/push/push-request.ts';
import type { PushResult } from '../../../../src/client/push/push-response.ts';
import { interpretAnswer } from '../../../../src/client/push/push-result.ts';
import { type Cure, type ProblemName, problem, problemBody } from '../../../../src/protocol/problems.ts';

const entry = (key: number, rest: Partial<PendingChange> = {}): PendingChange => ({
  id: `c${key}`,
  name: 'note',
  args: { id: `c${key}` },
  at: 0,
  key,
  ...rest,
});

const queueOf = (next: number, ...entries: PendingChange[]): PendingQueue => ({ client: 'me', next, entries });

/** Makes a request of all waiting changes, and answers it with a problem. */
const refuse = (queue: PendingQueue, name: ProblemName, cure: Cure = {}, batchLimit = 1_000): PushResult => {
  const request = nextPushRequest(queue, batchLimit);
  if (request === undefined) throw new Error('no change is waiting');
  const answered = { kind: 'refused', problem: problemBody(problem(name, 'no', cure)) } as const;
  return interpretAnswer(assignNumbers(queue, request), request, answered, 'fresh');
};

const numbers = ({ entries }: PendingQueue): (readonly [string, number | undefined])[] =>
  entries.map(({ id, n }) => [id, n]);

describe('the effect of an answer on the queue', () => {
  it('[Q2] a request holds the waiting changes in order, with consecutive numbers from `next` on', () => {
    const queue = queueOf(5, entry(1), entry(2), entry(3, { key: undefined as never }), entry(4));
    const { n, entries, possiblyAccepted } = nextPushRequest(queue, 1_000) ?? {};
    expect([n, entries?.map((each) => [each.id, each.n]), possiblyAccepted]).toEqual([
      5,
      [
        ['c1', 5],
        ['c2', 6],
        ['c4', 7],
      ],
      0,
    ]);
    expect(nextPushRequest(queue, 1)?.entries).toHaveLength(1);
    expect(nextPushRequest(queueOf(1), 9)).toBeUndefined();
  });

  it('[B1] a request keeps below the limits of a batch, and a change that is too big is sent alone', () => {
    const big = 'x'.repeat(200_000);
    const queue = queueOf(1, entry(1, { args: big }), entry(2, { args: big }), entry(3, { args: 'x'.repeat(900_000) }));
    expect(nextPushRequest(queue, 1_000)?.entries).toHaveLength(1);
    expect(nextPushRequest(queueOf(1, entry(3, { args: 'x'.repeat(900_000) })), 9)?.entries).toHaveLength(1);
    const many = queueOf(1, ...Array.from({ length: 1_500 }, (_, key) => entry(key + 1)));
    expect(nextPushRequest(many, 1_000)?.entries).toHaveLength(1_000);
  });

  it('[Q2] after a gap everything goes on from what is expected', () => {
    const { queue, next, settlements } = refuse(
      queueOf(9, entry(1, { n: 7 }), entry(2, { n: 8 }), entry(3)),
      'sequence-gap',
      {
        expected: 3,
      },
    );
    expect([queue.next, numbers(queue), next, settlements]).toEqual([
      3,
      [
        ['c1', undefined],
        ['c2', undefined],
        ['c3', undefined],
      ],
      'retry-later',
      [],
    ]);
  });

  it('[Q16] of a forgotten client, what was sent before is reported, and the rest goes on under a new id', () => {
    const forgotten = refuse(queueOf(9, entry(1, { n: 8 }), entry(2)), 'outcome-expired', { prefix: 'epoch.1.' });
    expect([forgotten.queue.client, forgotten.queue.next, numbers(forgotten.queue), forgotten.next]).toEqual([
      'epoch.1.fresh',
      1,
      [['c2', undefined]],
      'continue',
    ]);
    expect(forgotten.settlements).toMatchObject([{ id: 'c1', kind: 'refused', problem: { status: 410 } }]);
    const fresh = refuse(queueOf(1, entry(1)), 'outcome-expired', { prefix: 'epoch.1.' });
    expect([fresh.queue.client, fresh.settlements]).toEqual(['epoch.1.fresh', []]);
  });

  it('[J11] a refused batch is halved until the change at fault is alone, and those behind it move up', () => {
    const before = queueOf(5, entry(1), entry(2), entry(3));
    expect(refuse(before, 'invalid-change').next).toBe('narrow-batch');
    const { queue, settlements, next } = refuse(before, 'invalid-change', {}, 1);
    expect([queue.next, numbers(queue), settlements.map(({ id }) => id), next]).toEqual([
      5,
      [
        ['c2', undefined],
        ['c3', undefined],
      ],
      ['c1'],
      'continue',
    ]);
  });

  it('[Q1] a refusal that is not for the content keeps a possibly accepted change as it is', () => {
    const possiblyAccepted = queueOf(6, entry(1, { n: 5 }), entry(2));
    expect(refuse(possiblyAccepted, 'forbidden', {}, 1)).toMatchObject({
      next: 'retry-later',
      settlements: [],
      queue: { next: 6, entries: [{ n: 5 }, { id: 'c2' }] },
    });
    expect(refuse(queueOf(5, entry(1), entry(2)), 'forbidden', {}, 1).settlements).toHaveLength(1);
    // A refusal for the content: every earlier sending was refused, too.
    const { queue, settlements } = refuse(queueOf(7, entry(1, { n: 5 }), entry(2, { n: 6 })), 'too-large', {}, 1);
    expect([settlements.map(({ id }) => id), numbers(queue)]).toEqual([['c1'], [['c2', undefined]]]);
  });

  it('[Q4] the change in conflict is sent alone, and then gets the free number', () => {
    const before = queueOf(5, entry(1), entry(2));
    expect(refuse(before, 'id-conflict', { expected: 9 }).next).toBe('narrow-batch');
    expect(refuse(before, 'id-conflict', { expected: 9 }, 1).queue).toMatchObject({
      next: 9,
      entries: [{ id: 'c1' }, { id: 'c2' }],
    });
  });

  it('[Q4] [O2] a change whose outcome has expired is not sent again under another number', () => {
    const before = queueOf(7, entry(1, { n: 5 }), entry(2, { n: 6 }), entry(3));
    const { queue, settlements } = refuse(before, 'outcome-expired', { expected: 7 }, 2);
    expect([settlements.map(({ id }) => id), queue.next, numbers(queue)]).toEqual([
      ['c1', 'c2'],
      7,
      [['c3', undefined]],
    ]);
  });

  it('[Q14] a client id of another subject is replaced, and changes possibly accepted under it are dropped', () => {
    const { queue, settlements } = refuse(queueOf(6, entry(1, { n: 5 }), entry(2)), 'client-taken');
    expect([queue.client, queue.next, numbers(queue), settlements.map(({ id }) => id)]).toEqual([
      'fresh',
      1,
      [['c2', undefined]],
      ['c1'],
    ]);
  });

  it('[Q3] a change that another epoch has accepted and that is not confirmed is sent again under its number', () => {
    const accepted = (epoch: string, n: number) => ({ accepted: { epoch, n, seq: 40 + n }, n });
    const old = queueOf(7, entry(1, accepted('e1', 5)), entry(2, accepted('e1', 6)), entry(3));
    expect([moveToEpoch(old, 'e2').next, numbers(moveToEpoch(old, 'e2'))]).toEqual([
      7,
      [
        ['c1', 5],
        ['c2', 6],
        ['c3', undefined],
      ],
    ]);
    // A later one was accepted in the new epoch: so were they.
    const mixed = queueOf(7, entry(1, accepted('e1', 5)), entry(2, accepted('e2', 6)), entry(3));
    const after = moveToEpoch(mixed, 'e2');
    expect([after.next, after.entries.map((each) => each.accepted?.epoch)]).toEqual([7, ['e2', 'e2', undefined]]);
  });

  it('[Q3] a possibly accepted change keeps its number when others before it are gone, and a request ends at the gap', () => {
    const queue = queueOf(10, entry(1, { n: 3 }), entry(2, { n: 4 }), entry(3, { n: 7 }), entry(4));
    const request = nextPushRequest(queue, 1_000);
    expect([request?.n, request?.entries.map(({ n }) => n), request?.possiblyAccepted]).toEqual([3, [3, 4], 2]);
    const later = nextPushRequest(queueOf(10, entry(3, { n: 7 }), entry(4)), 1_000);
    expect([later?.n, later?.entries.length]).toEqual([7, 1]);
    const last = nextPushRequest(queueOf(8, entry(3, { n: 7 }), entry(4), entry(5)), 1_000);
    expect([last?.entries.map(({ n }) => n), last?.possiblyAccepted]).toEqual([[7, 8, 9], 1]);
    expect(last && assignNumbers(queueOf(8, entry(3, { n: 7 }), entry(4), entry(5)), last).next).toBe(10);
  });

  it('the accepted changes come first, then the sent, then the stored, then the others', () => {
    const { key: _, ...unstored } = entry(9);
    const sent = entry(4, { n: 3 });
    const done = entry(8, { n: 2, accepted: { epoch: 'e1', n: 2, seq: 7 } });
    expect(sortPending([unstored, entry(2), sent, entry(1), done]).map(({ id }) => id)).toEqual([
      'c8',
      'c4',
      'c1',
      'c2',
      'c9',
    ]);
  });
});
