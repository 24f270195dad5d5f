import { membersOf } from '../probing/answer.ts';
import { expectEqual, expectProblem, expectStatus, expectThat } from '../probing/expectations.ts';
import { sleep } from '../probing/probe.ts';
import type { Rules } from '../probing/rule.ts';

const WAIT = { Prefer: 'wait=10' };
const APPEND = { op: 'add', path: '/list/-' } as const;

export const DRAIN: Rules = {
  D1: async (probe) => {
    const app = await probe.createApplication();
    await app.mergeNow(1, { list: [] });
    const pushes = Array.from({ length: 12 }, (_, at) => at + 2);
    const seen: number[] = [];
    for (const n of pushes) {
      expectStatus(await app.patch(n, [{ ...APPEND, value: n }], {}), 202);
      const list = ((await app.state()).members['list'] ?? []) as readonly number[];
      expectEqual(list, pushes.slice(0, list.length), 'a state that was shown');
      seen.push(list.length);
    }
    expectEqual((await app.drained()).members['list'], pushes, 'the last state');
    expectThat(
      seen.every((length, at) => length >= (seen[at - 1] ?? 0)),
      'A state was shown after a later one.',
    );
  },
  D2: async (probe) => {
    const app = await probe.createApplication();
    expectStatus(await app.merge(1, { a: 1 }), 202);
    for (let waited = 0; waited < 3_000; waited += 250) {
      await sleep(250);
      // Info shows the queue and applies nothing.
      if ((await app.get('')).members['version'] === 1) return;
    }
    expectThat(false, 'An accepted change was not applied within 3 s.');
  },
  D3: 'needs an alarm that is lost',
  D4: async (probe) => {
    const app = await probe.createApplication();
    expectProblem(await app.push(1, 'no-such-change', {}, WAIT), 422, 'unknown-change');
    expectProblem(await app.push(2, 'patch', { not: 'a patch' }, WAIT), 422, 'invalid-patch', 'invalid-args');
    expectStatus(await app.merge(3, { a: 1 }, WAIT), 200);
    expectEqual((await app.drained()).json, { a: 1 }, 'the state after two rejections');
    if (probe.facilities.kind !== 'conformance') return;
    const corrupted = expectProblem(await app.push(4, 'corrupt', {}, WAIT), 422, 'number-range', 'not-json');
    expectEqual(corrupted.members['pointer'], '/corrupted/value', 'the pointer');
    expectProblem(await app.push(5, 'break', {}, WAIT), 422, 'change-failed');
    const declined = expectProblem(await app.push(6, 'decline', {}, WAIT), 422, 'change-refused');
    expectEqual(declined.members['reason'], 'declined', 'the reason');
    expectEqual((await app.drained()).json, { a: 1 }, 'the state after all rejections');
  },
  D5: 'needs an instance that ends while it applies changes',
  D6: 'needs an instance that ends between two writes',
  D7: 'needs an instance that ends',
  D8: 'needs a queue that takes long',
  D9: async (probe) => {
    const app = await probe.createOwnKind();
    for (const n of [1, 2]) expectStatus(await app.push(n, 'note', { text: `${n}` }, WAIT), 200);
    const [first, second] = Object.values((await app.drained()).members) as {
      now: number;
      seq: number;
      client: string;
    }[];
    expectEqual([first?.seq, first?.client, second?.seq], [1, 'c', 2], 'seq and client in the context');
    expectThat(Number(first?.now) <= Number(second?.now), '`now` has decreased.');
    const entries = (await app.get('/log')).list('entries');
    expectEqual(
      entries.map(({ acceptedAt }) => acceptedAt),
      [first?.now, second?.now],
      'the times of acceptance',
    );
  },
  D10: async (probe) => {
    const app = await probe.createApplication();
    await app.mergeNow(1, { text: 'x'.repeat(200_000) });
    const copies = Array.from({ length: 90 }, (_, at) => ({ op: 'copy', from: '/text', path: `/copy${at}` }));
    const answer = expectProblem(await app.patch(2, copies), 422, 'state-too-large');
    expectEqual(answer.members['limit'], 16_000_000, 'the limit');
    expectEqual(Object.keys((await app.drained()).members), ['text'], 'the members of the state');
  },
  D11: async (probe) => {
    const app = await probe.createApplication();
    await app.mergeNow(1, { a: 1 });
    const { etag } = await app.drained();
    // Somebody watches.
    const waiting = app.state({ Prefer: 'wait=8', 'If-None-Match': etag });
    await sleep(100);
    expectStatus(await app.merge(2, { a: 2 }), 202);
    expectEqual(expectStatus(await waiting, 200).json, { a: 2 }, 'what the waiting reader gets');
    const entries = (await app.get('/log')).list('entries');
    expectEqual(
      entries.map(({ seq, outcome }) => [seq, outcome]),
      [
        [1, 'applied'],
        [2, 'applied'],
      ],
      'the log',
    );
  },
  D12: 'needs an instance that starts anew',
  D13: async (probe) => {
    const app = await probe.createApplication();
    await app.mergeNow(1, { a: 1, b: 1 });
    await app.mergeNow(2, { a: 2 });
    expectStatus(await app.push(3, 'revert', [{ at: [], key: 'a', now: 2, was: 1 }], WAIT), 200);
    expectEqual((await app.drained()).json, { a: 1, b: 1 }, 'the state after a revert');
    const late = [{ at: [], key: 'a', now: 2, was: 0 }];
    expectProblem(await app.push(4, 'revert', late, WAIT), 422, 'change-failed');
  },
  D14: async (probe) => {
    const app = await probe.createOwnKind();
    expectStatus(await app.push(1, 'note', { text: 'by the owner' }, WAIT), 200);
    const [note] = Object.values((await app.drained()).members).map(membersOf);
    expectEqual(note?.['role'], 'admin', 'the role in the context of the owner');
  },
};
