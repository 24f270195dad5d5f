import { expectEqual, expectProblem, expectStatus, expectThat } from '../probing/expectations.ts';
import { sleep } from '../probing/probe.ts';
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
  L16: async (probe) => {
    const app = await probe.createApplication();
    for (const n of [1, 2]) await app.mergeNow(n, { n });
    const before = (await app.get('')).members['epoch'];
    expectStatus(await app.ask('', { method: 'DELETE' }), 204);
    expectProblem(await app.state(), 404, 'unknown-application');
    expectStatus(await app.ask('/undelete', { method: 'POST' }), 200);
    const after = await app.drained();
    expectEqual([after.json, after.position('version')], [{ n: 2 }, 2], 'state and version after an undelete');
    expectThat((await app.get('')).members['epoch'] !== before, 'The epoch is the same after an undelete.');
    expectEqual((await app.merge(2, { n: 2 })).members['repeated'], true, 'the mark of a repeat after an undelete');
    expectEqual((await app.get('/log')).list('entries').length, 2, 'the number of entries of the log');
    expectProblem(await app.ask('/undelete', { method: 'POST' }), 409, 'already-exists');
  },
  L17: async (probe) => {
    const app = await probe.createApplication();
    await app.mergeNow(1, { n: 1 });
    for (const _ of [1, 2]) expectStatus(await app.ask('/purge', { method: 'POST' }), 204);
    expectProblem(await app.state(), 404, 'unknown-application');
    expectProblem(await app.ask('/undelete', { method: 'POST' }), 410, 'deletion-final');
  },
  L18: async (probe) => {
    const app = await probe.createApplication();
    const { epoch } = (await app.get('')).members;
    expectStatus(await app.ask('', { method: 'DELETE' }), 204);
    const path = `/v1/apps/${probe.target.owner}?deleted=1`;
    for (let tries = 0; tries < 12; tries += 1) {
      const listed = expectStatus(await probe.ask(path), 200).list('applications');
      if (listed.some((each) => each['epoch'] === epoch)) return;
      await sleep(250);
    }
    expectThat(false, 'A deleted application was not listed within 3 s.');
  },
  L19: async (probe) => {
    const app = await probe.createApplication();
    await app.mergeNow(1, { n: 1 });
    expectProblem(await app.send('POST', '/restore', { from: 'platform' }), 422, 'invalid-restore');
    const before = (await app.get('')).members['epoch'];
    // No platform reaches back to 1970.
    const answer = await app.send('POST', '/restore', { from: 'platform', time: 1 });
    if (answer.status === 501) expectProblem(answer, 501, 'recovery-unavailable');
    else expectProblem(answer, 422, 'invalid-restore');
    expectEqual((await app.get('')).members['epoch'], before, 'the epoch after a recovery that is refused');
  },
};
