import { expectEqual, expectProblem, expectStatus, expectThat } from '../probing/expectations.ts';
import type { Rules } from '../probing/rule.ts';

const WAIT = { Prefer: 'wait=10' };

export const PUSH_CHOICES: Rules = {
  Q10: async (probe) => {
    const app = await probe.createApplication();
    const answer = expectStatus(await app.merge(1, {}, { Prefer: 'return=minimal' }), 204);
    for (const name of ['Location', 'Changebucket-Position', 'Changebucket-Cost'])
      expectThat(answer.headers.has(name), `The header ${name} is missing.`);
  },
  Q11: async (probe) => {
    const app = await probe.createApplication();
    const waited = expectStatus(await app.merge(1, { a: 1 }, WAIT), 200);
    expectEqual([waited.members['status'], waited.members['version']], ['applied', 1], 'the outcome');
    const state = expectStatus(await app.merge(2, { b: 2 }, { Prefer: 'wait=10, return=representation' }), 200);
    expectEqual(state.json, { a: 1, b: 2 }, 'the representation');
    expectThat(/\.2"$/.test(state.etag), 'The representation has no etag of its version.');
  },
  Q12: async (probe) => {
    const app = await probe.createApplication();
    await app.mergeNow(1, { a: 1 });
    const { etag } = await app.drained();
    expectStatus(await app.merge(2, { a: 2 }, { ...WAIT, 'If-Match': etag }), 200);
    const late = expectProblem(await app.merge(3, { a: 3 }, { ...WAIT, 'If-Match': etag }), 412, 'precondition-failed');
    expectEqual(late.members['version'], 2, 'the version that the problem names');
    const weak = { ...WAIT, 'If-Match': `W/${(await app.drained()).etag}` };
    expectProblem(await app.merge(4, { a: 4 }, weak), 412, 'precondition-failed');
    const batch = [{ name: 'merge', args: {} }];
    expectProblem(await app.batch(5, batch, {}, { 'If-Match': etag }), 400, 'invalid-header');
    expectEqual((await app.drained()).json, { a: 2 }, 'the state');
  },
  Q13: async (probe) => {
    const app = await probe.createApplication();
    await app.mergeNow(1, {});
    const headers = { Prefer: 'precheck' };
    expectProblem(await app.push(2, 'no-such-change', {}, headers), 422, 'unknown-change');
    expectProblem(await app.push(2, 'patch', [{ op: 'no' }], headers), 422, 'invalid-args', 'invalid-patch');
    expectProblem(await app.merge(2, {}, { ...headers, 'If-Match': '"other.1"' }), 412, 'precondition-failed');
    expectEqual(expectStatus(await app.merge(2, {}, headers), 202).seq, 2, 'the seq of the push that is accepted');
  },
  Q14: async (probe) => {
    const app = await probe.createApplication();
    expectStatus(await app.merge(1, {}), 202);
    const token = await probe.tokenFor({ subject: 'conformance-other', apps: { [app.name]: 'writer' } });
    expectProblem(await app.as(token).merge(1, {}), 403, 'client-taken');
    expectProblem(await app.as(token).merge(2, {}), 403, 'client-taken');
  },
  Q15: 'needs a queue of 10,000 changes',
  Q16: 'needs 50,000 clients',
  Q17: async (probe) => {
    const app = await probe.createApplication();
    const rejected = await app.patch(1, [{ op: 'test', path: '/none', value: 1 }]);
    expectEqual(rejected.members['accepted'], true, '`accepted` of a rejection');
    expectEqual((await app.merge(9, {}, WAIT)).members['accepted'], false, '`accepted` of a refusal');
  },
  Q18: async (probe) => {
    const app = await probe.createApplication();
    const push = (nonce: string) => app.send('PUT', '/changes/c/1', { name: 'merge', args: { a: 1 }, nonce });
    expectStatus(await push('one'), 202);
    expectEqual(expectStatus(await push('one'), 202).members['repeated'], true, 'the mark of a repeat');
    expectProblem(await push('two'), 422, 'id-conflict');
  },
};
