import { membersOf } from '../probing/answer.ts';
import { expectEqual, expectProblem, expectStatus, expectThat } from '../probing/expectations.ts';
import type { Rules } from '../probing/rule.ts';
import { UNTOLD } from '../probing/untold.ts';

const WAIT = { Prefer: 'wait=10' };

export const FAIRNESS: Rules = {
  F1: 'needs a full queue',
  F2: 'needs a queue of some seconds of work',
  F3: 'needs all places for readers to be taken',
  F4: 'needs a rate limit, and more requests than it allows',
};

export const COST: Rules = {
  C1: async (probe) => {
    const app = await probe.createApplication();
    await app.mergeNow(1, {});
    const cost = membersOf(expectStatus(await app.get(''), 200).members['cost']);
    for (const name of [
      'requests',
      'messages',
      'alarms',
      'rowsRead',
      'rowsWritten',
      'awakeMs',
      'storedBytes',
      'dollars',
    ])
      expectThat(typeof cost[name] === 'number', `\`cost\` has no number \`${name}\`.`);
    expectThat(typeof membersOf(cost['prices'])['date'] === 'string', 'The list of prices has no date.');
  },
  C2: async (probe) => {
    const app = await probe.createApplication();
    const cost = expectStatus(await app.merge(1, {}), 202).headers.get('Changebucket-Cost') ?? '';
    for (const name of ['requests', 'rows-read', 'rows-written', 'stored-bytes', 'awake-ms', 'microdollars'])
      expectThat(new RegExp(`(?:^|, )${name}=[0-9.]+`).test(cost), `Changebucket-Cost has no \`${name}\`: ${cost}`);
  },
  C3: 'needs a budget, and more writes than it allows',
  C4: async (probe) => {
    const [small, large] = [await probe.createApplication(), await probe.createApplication()];
    await small.mergeNow(1, { a: 1 });
    await large.mergeNow(1, { a: 1, text: 'x'.repeat(200_000) });
    const rows = [];
    for (const app of [small, large]) {
      const cost = (await app.mergeNow(2, { a: 2 })).headers.get('Changebucket-Cost') ?? '';
      rows.push(/rows-written=([0-9.]+)/.exec(cost)?.[1]);
    }
    expectEqual(rows[1], rows[0], 'the rows that a push to a large state writes');
  },
};

export const ERRORS: Rules = {
  E1: async (probe) => {
    const app = await probe.createApplication();
    const answer = expectProblem(await app.merge(2, {}), 409, 'sequence-gap');
    expectEqual(answer.headers.get('Content-Type'), 'application/problem+json', 'the content type');
    expectEqual(answer.members['status'], 409, '`status`');
    for (const name of ['title', 'detail'])
      expectThat(typeof answer.members[name] === 'string' && answer.members[name] !== '', `\`${name}\` is missing.`);
  },
  E2: async (probe) => {
    const app = await probe.createOwnKind();
    const answer = expectProblem(await app.push(1, 'break', {}, WAIT), 422, 'change-failed');
    const others = await Promise.all([app.ticket(1), app.get('/log'), app.get('/rejections'), app.get('/export')]);
    for (const { requestLine, text } of [answer, ...others])
      expectThat(!text.includes(UNTOLD), `${requestLine} tells what the definition has thrown.`);
  },
  E3: 'needs an application that cannot be reached',
};

export const BOUNDS: Rules = {
  B1: async (probe) => {
    const app = await probe.createApplication();
    const changes = Array.from({ length: 1_001 }, () => ({ name: 'merge' }));
    expectEqual(expectProblem(await app.batch(1, changes), 413, 'too-large').members['limit'], 1_000, 'the limit');
    const long = Array.from({ length: 6 }, () => ({ name: 'merge', args: { a: 'x'.repeat(200_000) } }));
    expectProblem(await app.batch(1, long), 413, 'too-large');
    expectStatus(await app.merge(1, { a: 'x'.repeat(256 * 1_024 - 100) }), 202);
  },
  B2: 'needs queues and readers by the thousand',
  B3: 'needs 32 MB of states in one isolate',
};
