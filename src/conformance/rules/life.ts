import type { Answer, Members } from '../probing/answer.ts';
import { expectEqual, expectProblem, expectStatus, expectThat } from '../probing/expectations.ts';
import { type Probe, sleep } from '../probing/probe.ts';
import type { ProbedApplication } from '../probing/probed-application.ts';
import type { Rules } from '../probing/rule.ts';

const NDJSON = { 'Content-Type': 'application/x-ndjson' };

const importInto = (app: ProbedApplication, body: string) =>
  app.ask('/import', { method: 'PUT', headers: NDJSON, body });

export const LIFE: Rules = {
  L1: async (probe) => {
    const app = probe.newApplication();
    const { kind } = probe.facilities;
    expectStatus(await app.send('PUT', '', { kind: 'no-such-kind' }), 422);
    expectEqual(expectStatus(await app.send('PUT', '', { kind }), 201).members['kind'], kind, 'the kind');
    expectStatus(await app.send('PUT', '', { kind }), 200);
  },
  L2: async (probe) => {
    const app = probe.newApplication();
    const { kind } = probe.facilities;
    expectProblem(await app.state(), 404, 'unknown-application');
    expectProblem(await app.merge(2, {}, { 'Changebucket-Kind': kind }), 409, 'sequence-gap');
    expectProblem(await app.merge(1, {}, { 'Changebucket-Kind': 'no-such-kind' }), 422, 'unknown-kind');
    expectStatus(await app.merge(1, { a: 1 }, { 'Changebucket-Kind': kind }), 202);
    expectEqual((await app.get('')).members['kind'], kind, 'the kind that the first push has created');
    expectProblem(await app.merge(2, {}, { 'Changebucket-Kind': 'no-such-kind' }), 409, 'kind-conflict');
  },
  L3: async (probe) => {
    const app = await probe.createApplication();
    await app.mergeNow(1, { a: 1 });
    const before = (await app.get('')).members['epoch'];
    expectStatus(await app.ask('', { method: 'DELETE' }), 204);
    expectProblem(await app.state(), 404, 'unknown-application');
    await app.create(probe.facilities.kind);
    expectThat((await app.get('')).members['epoch'] !== before, 'The epoch is the same after a deletion.');
    expectEqual((await app.state()).json, {}, 'the state of the new application');
  },
  L4: async (probe) => {
    const app = await probe.createApplication();
    const [, name = ''] = app.name.split('/');
    for (let tries = 0; tries < 12; tries += 1) {
      const listed = await findListed(probe, name);
      if (listed !== undefined) return expectEqual(listed['kind'], probe.facilities.kind, 'the kind in the list');
      await sleep(250);
    }
    expectThat(false, 'An application was not listed within 3 s.');
  },
  L5: 'needs a deployment with a newer definition',
  L6: async (probe) => {
    const [from, to] = [await probe.createApplication(), probe.newApplication()];
    await from.mergeNow(1, { a: 1 });
    await from.patch(2, [{ op: 'test', path: '/no', value: 1 }]);
    const backup = expectStatus(await from.get('/export'), 200);
    expectThat(backup.text.trimEnd().split('\n').length >= 3, 'A backup has fewer than three lines.');
    expectStatus(await importInto(to, backup.text), 200);
    expectEqual((await to.drained()).json, { a: 1 }, 'the imported state');
    expectEqual((await to.ticket(2)).members['status'], 'rejected', 'an imported outcome');
    expectEqual((await to.mergeNow(3, { b: 2 })).seq, 3, 'the next seq');
    expectThat((await to.get('')).members['epoch'] !== (await from.get('')).members['epoch'], 'The epoch is the same.');
  },
  L7: async (probe) => {
    const app = await probe.createApplication();
    for (const n of [1, 2, 3]) await app.mergeNow(n, { n });
    const first = expectStatus(await app.get('/log?limit=2'), 200);
    expectEqual(
      first.list('entries').map(({ seq, n, name, outcome }) => [seq, n, name, outcome]),
      [
        [1, 1, 'merge', 'applied'],
        [2, 2, 'merge', 'applied'],
      ],
      'the first page',
    );
    const rest = await app.get(`/log?after=${String(first.members['next'])}`);
    expectEqual(
      rest.list('entries').map(({ seq, args }) => [seq, args]),
      [[3, { n: 3 }]],
      'the second page',
    );
  },
  L8: 'needs a history that is longer than the state',
  L9: async (probe) => {
    const app = await probe.createApplication();
    for (const n of [1, 2]) await app.mergeNow(n, { n });
    await app.ask('', { method: 'DELETE' });
    const kind = { 'Changebucket-Kind': probe.facilities.kind };
    const late = expectProblem(await app.merge(2, { n: 2 }, kind), 410, 'outcome-expired');
    expectThat(typeof late.members['prefix'] === 'string', 'The problem has no `prefix`.');
    expectProblem(await app.merge(1, { n: 1 }, kind), 410, 'outcome-expired');
    expectProblem(await app.state(), 404, 'unknown-application');
    expectStatus(await app.merge(1, { fresh: true }, kind, 'another'), 202);
  },
  L10: async (probe) => {
    const [from, to] = [await probe.createApplication(), await probe.createApplication()];
    await from.mergeNow(1, { secret: 1 });
    await to.mergeNow(1, { kept: true });
    const { text } = expectStatus(await from.get('/export'), 200);
    const lines = text.trimEnd().split('\n');
    for (const bad of [lines.slice(0, -1).join('\n'), text.replace('"secret":1', '"secret":2'), '{}\n'])
      expectProblem(await importInto(to, bad), 422, 'invalid-import');
    expectEqual((await to.drained()).json, { kept: true }, 'the state after refused imports');
  },
  L11: 'needs a backup that takes long',
};

/** The line of the list about an application. The list is in order: the pages before its name are left out. */
const findListed = async (probe: Probe, name: string): Promise<Members | undefined> => {
  for (let after: string | undefined = name.slice(0, -1); after !== undefined; ) {
    const page: Answer = expectStatus(await probe.ask(`/v1/apps/${probe.target.owner}?after=${after}`), 200);
    const found = page.list('applications').find((each) => each['app'] === name);
    if (found !== undefined) return found;
    after = page.members['next'] === undefined ? undefined : String(page.members['next']);
  }
  return undefined;
};
