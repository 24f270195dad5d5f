import { expectEqual, expectProblem, expectStatus, expectThat } from '../probing/expectations.ts';
import type { Rules } from '../probing/rule.ts';

export const IDS: Rules = {
  I1: async (probe) => {
    const owner = `/v1/apps/${probe.target.owner}`;
    for (const bad of ['-a', 'a%20b', 'a'.repeat(129), '%C3%A9'])
      expectProblem(await probe.ask(`${owner}/${bad}`), 400, 'invalid-id');
    const app = await probe.createApplication();
    expectProblem(await app.merge(1, {}, {}, '-bad'), 400, 'invalid-id');
    const key = { 'Idempotency-Key': 'not an id' };
    expectProblem(await app.send('POST', '/changes', { name: 'merge', args: {} }, key), 400, 'invalid-header');
    expectStatus(await app.merge(1, {}, {}, '%61'), 202);
    expectEqual((await app.ticket(1, 'a')).status, 200, 'the status of the ticket under the decoded client id');
  },
  I2: async (probe) => {
    const app = await probe.createApplication();
    for (const bad of ['0', '01', '-1', '1.0', '1e3', String(2 ** 53), 'x'])
      expectProblem(await app.merge(bad, {}), 400, 'invalid-id');
  },
  I3: async (probe) => {
    const app = await probe.createApplication();
    for (const path of ['/nothing', '/state/', '/%73tate', '//state', '/State'])
      expectProblem(await app.get(path), 404, 'not-found');
    const answer = expectProblem(await app.ask('/state', { method: 'POST', body: '{}' }), 405, 'method-not-allowed');
    expectThat(/\bGET\b/.test(answer.headers.get('Allow') ?? ''), 'Allow does not name GET.');
  },
  I4: async (probe) => {
    const app = await probe.createApplication();
    await app.mergeNow(1, { a: 1 });
    const [owner = '', name = ''] = app.name.split('/');
    const spelled = [...decodeURIComponent(owner)].map(encodeEach).join('');
    expectEqual((await probe.ask(`/v1/apps/${spelled}/${name}/state`)).json, { a: 1 }, 'the state by another spelling');
    for (const bad of ['%00', 'a%0Ab', '%FF', 'a'.repeat(257)])
      expectProblem(await probe.ask(`/v1/apps/${bad}/${name}`), 400, 'invalid-id');
  },
};

const encodeEach = (character: string): string =>
  [...new TextEncoder().encode(character)]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('');
