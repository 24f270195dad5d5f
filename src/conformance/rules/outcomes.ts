import { expectEqual, expectProblem, expectStatus, expectThat } from '../probing/expectations.ts';
import type { Rules } from '../probing/rule.ts';

export const OUTCOMES: Rules = {
  O1: async (probe) => {
    const app = await probe.createApplication();
    await app.mergeNow(1, {});
    expectProblem(await app.patch(2, [{ op: 'test', path: '/no', value: 1 }]), 422, 'change-failed');
    expectEqual((await app.ticket(1)).json, { client: 'c', n: 1, seq: 1, status: 'applied', version: 1 }, 'the ticket');
    const rejected = (await app.ticket(2)).members;
    expectThat(
      rejected['status'] === 'rejected' && 'problem' in rejected,
      'A rejection has no ticket with its problem.',
    );
  },
  O2: async (probe) => {
    const app = await probe.createApplication();
    await app.mergeNow(1, {});
    expectProblem(await app.ticket(2), 404, 'unknown-ticket');
    expectProblem(await app.ticket(1, 'other'), 404, 'unknown-ticket');
  },
  O3: async (probe) => {
    const app = await probe.createApplication();
    await app.patch(1, [{ op: 'test', path: '/no', value: 1 }]);
    const answer = expectStatus(await app.get('/rejections'), 200);
    expectEqual(
      answer.list('rejections').map(({ seq, status }) => [seq, status]),
      [[1, 'rejected']],
      'the list',
    );
    expectEqual(answer.members['more'], false, '`more`');
  },
  O4: async (probe) => {
    const app = await probe.createApplication();
    await app.patch(1, [{ op: 'test', path: '/a', value: 1 }]);
    await app.mergeNow(2, { a: 1 });
    const retried = expectStatus(await app.ask('/rejections/1/retry', { method: 'POST' }), 202);
    expectThat(retried.headers.get('Location')?.endsWith('/changes/c/1') === true, 'Location is not the ticket.');
    await app.drained();
    expectEqual((await app.ticket(1)).members['status'], 'applied', 'the ticket after a retry');
    await app.patch(3, [{ op: 'test', path: '/a', value: 2 }]);
    const { seq } = await app.ticket(3);
    expectStatus(await app.ask(`/rejections/${seq}`, { method: 'DELETE' }), 204);
    expectProblem(await app.ask(`/rejections/${seq}`, { method: 'DELETE' }), 404, 'unknown-rejection');
    expectEqual((await app.ticket(3)).members['status'], 'rejected', 'the ticket after a discard');
  },
  O5: 'needs 10,000 changes of one client',
  O6: async (probe) => {
    const app = await probe.createApplication();
    await app.mergeNow(1, {});
    expectProblem(await app.merge(2, {}, { Prefer: 'wait=10', 'If-Match': '"other.1"' }), 412, 'precondition-failed');
    await app.patch(3, [{ op: 'test', path: '/no', value: 1 }]);
    for (const [cause, seq] of [
      ['rule', 2],
      ['failure', 3],
    ] as const) {
      const listed = expectStatus(await app.get(`/rejections?cause=${cause}`), 200).list('rejections');
      expectEqual(
        listed.map((each) => [each['seq'], each['cause']]),
        [[seq, cause]],
        `the rejections by ${cause}`,
      );
    }
  },
};
