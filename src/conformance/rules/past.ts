import { expectEqual, expectProblem, expectStatus, expectThat } from '../probing/expectations.ts';
import type { Rules } from '../probing/rule.ts';

export const PAST: Rules = {
  L12: async (probe) => {
    const app = await probe.createApplication();
    for (const n of [1, 2, 3]) await app.mergeNow(n, { n });
    const before = await app.drained();
    expectStatus(await app.send('POST', '/restore', { version: 2 }), 200);
    const after = await app.drained();
    expectEqual(after.json, { n: 2 }, 'the restored state');
    expectThat(after.etag.split('.')[0] !== before.etag.split('.')[0], 'The epoch is the same after a restore.');
    expectEqual((await app.merge(3, { n: 3 })).members['repeated'], true, 'the mark of a repeat after a restore');
  },
  L13: async (probe) => {
    const [from, to] = [await probe.createApplication(), probe.newApplication()];
    for (const n of [1, 2]) await from.mergeNow(n, { n });
    expectStatus(await from.send('POST', '/fork', { to: to.name, version: 1 }), 201);
    const state = await to.drained();
    expectEqual([state.json, state.position('version')], [{ n: 1 }, 0], 'state and version of the fork');
    expectProblem(await from.send('POST', '/fork', { to: to.name }), 409, 'already-exists');
  },
  L14: async (probe) => {
    const app = await probe.createApplication();
    for (const n of [1, 2]) await app.mergeNow(n, { n, long: 'x'.repeat(500) });
    const forward = expectStatus(await app.get('/diff?from=1&to=2'), 200);
    expectEqual(forward.json, [{ op: 'replace', path: '/n', value: 2 }], 'the patch forward');
    const back = expectStatus(await app.get('/diff?from=2&to=1'), 200);
    expectEqual(back.json, [{ op: 'replace', path: '/n', value: 1 }], 'the patch backward');
  },
  L15: async (probe) => {
    const app = await probe.createApplication();
    await app.mergeNow(1, { a: 1 });
    await app.patch(2, [{ op: 'test', path: '/no', value: 1 }]);
    expectStatus(await app.merge(1, { b: 1 }, { Prefer: 'wait=10' }, 'other'), 200);
    for (const [query, seqs] of [
      ['client=other', [3]],
      ['name=patch', [2]],
      ['outcome=rejected', [2]],
      ['client=c&outcome=applied', [1]],
      ['until=1', []],
    ] as const) {
      const entries = expectStatus(await app.get(`/log?${query}`), 200).list('entries');
      expectEqual(
        entries.map(({ seq }) => seq),
        seqs,
        `the entries by ${query}`,
      );
    }
  },
};
