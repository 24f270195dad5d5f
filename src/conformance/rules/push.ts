import { expectEqual, expectProblem, expectStatus, expectThat } from '../probing/expectations.ts';
import type { Rules } from '../probing/rule.ts';

const WAIT = { Prefer: 'wait=10' };

export const PUSH: Rules = {
  Q1: async (probe) => {
    const app = await probe.createApplication();
    expectStatus(await app.merge(1, { a: 1 }), 202);
    expectThat((await app.ticket(1)).seq === 1, 'An accepted change has no ticket.');
    expectEqual((await app.drained()).json, { a: 1 }, 'the state after an accepted change');
  },
  Q2: async (probe) => {
    const app = await probe.createApplication();
    expectEqual(expectProblem(await app.merge(2, {}), 409, 'sequence-gap').members['expected'], 1, 'expected');
    expectStatus(await app.merge(1, {}), 202);
    expectEqual(expectProblem(await app.merge(5, {}), 409, 'sequence-gap').members['expected'], 2, 'expected');
  },
  Q3: async (probe) => {
    const app = await probe.createApplication();
    const first = expectStatus(await app.patch(1, [{ op: 'add', path: '/a', value: [1] }], {}), 202);
    expectThat(!('repeated' in first.members), 'The first push is called a repeat.');
    for (let repeat = 0; repeat < 2; repeat += 1) {
      const again = expectStatus(await app.patch(1, [{ op: 'add', path: '/a', value: [1] }], {}), 202);
      expectEqual([again.seq, again.members['repeated']], [1, true], 'seq and mark of a repeat');
    }
    const state = await app.drained();
    expectEqual([state.json, state.position('head')], [{ a: [1] }, 1], 'state and head after repeats');
  },
  Q4: async (probe) => {
    const app = await probe.createApplication();
    expectStatus(await app.merge(1, { a: 1 }), 202);
    const other = expectProblem(await app.merge(1, { a: 2 }), 422, 'id-conflict');
    expectEqual(other.members['expected'], 2, 'expected');
    expectProblem(await app.push(1, 'patch', []), 422, 'id-conflict');
    expectProblem(await app.merge(1, { a: 1 }, { 'If-Match': '*' }), 422, 'id-conflict');
  },
  Q5: async (probe) => {
    const app = await probe.createApplication();
    const clients = ['a', 'b', 'c', 'd', 'e', 'f'];
    const answers = await Promise.all(clients.map((client) => app.merge(1, { [client]: 1 }, {}, client)));
    const seqs = answers.map((answer) => expectStatus(answer, 202).seq).sort((a, b) => a - b);
    expectEqual(seqs, [1, 2, 3, 4, 5, 6], 'the seqs of six pushes at once');
    expectEqual((await app.merge(2, { a: 2 }, {}, 'a')).seq, 7, 'the seq of a later push');
  },
  Q6: async (probe) => {
    const app = await probe.createApplication();
    const change = (value: number) => ({ name: 'merge', args: { value } });
    expectStatus(await app.batch(1, [change(1), change(2)]), 202);
    const answer = expectStatus(await app.batch(2, [change(2), change(3)]), 202);
    const receipts = answer.members['receipts'];
    expectEqual(
      receipts,
      [
        { client: 'c', n: 2, seq: 2, repeated: true },
        { client: 'c', n: 3, seq: 3 },
      ],
      'the receipts of a batch that begins with a repeat',
    );
    expectProblem(await app.batch(9, [change(9), change(10)]), 409, 'sequence-gap');
    expectEqual((await app.drained()).json, { value: 3 }, 'the state');
  },
  Q7: async (probe) => {
    const app = await probe.createApplication();
    const changes = [
      { name: 'merge', args: { a: 1 } },
      { name: 'patch', args: [{ op: 'test', path: '/a', value: 2 }] },
    ];
    expectStatus(await app.batch(1, changes, { atomic: true }), 202);
    expectEqual((await app.drained()).json, {}, 'the state after an atomic batch of which one change fails');
    expectStatus(await app.merge(3, { b: 1 }), 202);
    const partly = [
      { name: 'merge', args: { b: 1 } },
      { name: 'merge', args: { c: 1 } },
    ];
    expectProblem(await app.batch(3, partly, { atomic: true }), 422, 'id-conflict');
  },
  Q8: async (probe) => {
    const app = await probe.createApplication();
    const change = { name: 'merge', args: { a: 1 } };
    const first = expectStatus(await app.send('POST', '/changes', change), 202);
    expectEqual([first.members['client'], first.members['n'], first.seq], ['~', 1, 1], 'client, n and seq');
    expectThat(first.headers.get('Location')?.endsWith('/changes/~/1') === true, 'Location is not the ticket.');
    const key = { 'Idempotency-Key': 'key-1' };
    expectEqual(expectStatus(await app.send('POST', '/changes', change, key), 202).seq, 2, 'the seq under a key');
    const again = expectStatus(await app.send('POST', '/changes', change, key), 202);
    expectEqual([again.seq, again.members['repeated']], [2, true], 'seq and mark of a repeat under the key');
    expectEqual((await app.ticket(2, '~')).seq, 2, 'the seq of the ticket');
  },
  Q9: async (probe) => {
    const app = await probe.createApplication();
    expectStatus(await app.push(1, 'merge', { a: 1, b: 1 }, WAIT), 200);
    expectStatus(await app.merge(2, { b: null }, WAIT), 200);
    expectStatus(await app.patch(3, [{ op: 'add', path: '/c', value: 3 }]), 200);
    expectEqual((await app.drained()).json, { a: 1, c: 3 }, 'the state');
    const entries = expectStatus(await app.get('/log'), 200).list('entries');
    expectEqual(
      entries.map(({ name }) => name),
      ['merge', 'merge', 'patch'],
      'the names in the log',
    );
  },
};
