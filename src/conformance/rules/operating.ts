import { membersOf } from '../probing/answer.ts';
import { expectEqual, expectProblem, expectThat } from '../probing/expectations.ts';
import type { Rules } from '../probing/rule.ts';
import { NotTestable } from '../probing/violation.ts';

export const OPERATING: Rules = {
  G1: async (probe) => {
    probe.needTokens();
    const answer = await probe.ask('/metrics');
    if (answer.status === 200) return expectThat(answer.text.includes('# TYPE changebucket_'), 'There are no metrics.');
    expectEqual(expectProblem(answer, 403, 'forbidden').members['needed'], 'operator', 'who may read the numbers');
  },
  G2: async (probe) => {
    const app = await probe.createApplication();
    for (const answer of [await app.get('/nothing'), await app.merge(9, {})])
      expectThat(answer.headers.has('Changebucket-Request'), `${answer.requestLine} was refused without its id.`);
  },
  G3: async (probe) => {
    const app = await probe.createApplication();
    const pushed = await app.merge(1, { a: 1 });
    const read = await app.get('/state');
    for (const [answer, stages] of [
      [pushed, ['object', 'accept', 'commit']],
      [read, ['read']],
    ] as const) {
      const timing = answer.headers.get('Server-Timing') ?? '';
      const missing = stages.filter((stage) => !timing.includes(`${stage};dur=`));
      expectEqual(missing.join(), '', `stages that ${answer.requestLine} does not tell`);
    }
  },
  K1: 'needs a look into the bucket for backups',
  K2: 'needs a deployment with a place for backups, and its operator',
  K3: 'needs backups of weeks',
  K4: async (probe) => {
    const answer = await probe.ask('/healthz?backup');
    if (answer.text.includes(':not-configured')) throw new NotTestable('the deployment has no place for backups');
    const status = answer.status === 503 ? 'late' : 'ok';
    expectEqual(answer.members['status'], status, 'the status');
    expectThat('age' in membersOf(answer.members['backup']), 'The answer has no age.');
  },
  K5: async (probe) => {
    probe.needTokens();
    const answer = await probe.ask('/v1/backups');
    if (answer.status === 200) throw new NotTestable('the token is that of an operator');
    expectEqual(expectProblem(answer, 403, 'forbidden').members['needed'], 'operator', 'who may list the backups');
  },
  K6: 'needs an operator, and a backup that was changed in its place',
};
