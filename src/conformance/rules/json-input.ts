import type { ProblemName } from '../../protocol/problems.ts';
import type { Answer } from '../probing/answer.ts';
import { expectEqual, expectProblem, expectStatus, expectThat } from '../probing/expectations.ts';
import type { Probe } from '../probing/probe.ts';
import type { ProbedApplication } from '../probing/probed-application.ts';
import type { Rules } from '../probing/rule.ts';

const MERGE = { 'Content-Type': 'application/merge-patch+json' };

const putText = (app: ProbedApplication, body: string | Uint8Array<ArrayBuffer>, headers = {}): Promise<Answer> =>
  app.ask('/changes/c/1', { method: 'PUT', headers: { ...MERGE, ...headers }, body });

/** Expects that each body is refused with the problem, and that nothing has happened by it. */
const refuseBodies = async (
  probe: Probe,
  [status, name]: readonly [status: number, name: ProblemName],
  bodies: readonly (string | Uint8Array<ArrayBuffer>)[],
): Promise<void> => {
  const app = await probe.createApplication();
  for (const body of bodies) expectProblem(await putText(app, body), status, name);
  expectEqual(expectStatus(await putText(app, '{}'), 202).seq, 1, 'the seq of the first change that was not refused');
};

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

export const JSON_INPUT: Rules = {
  J1: async (probe) => {
    await refuseBodies(probe, [400, 'malformed-json'], ['', '{', '{} {}', '\uFEFF{}', "{'a':1}"]);
    await refuseBodies(probe, [400, 'invalid-utf8'], [new Uint8Array([0x22, 0xff, 0x22])]);
  },
  J2: async (probe) => {
    const app = await probe.createApplication();
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=latin1'])
      expectProblem(await putText(app, '{}', { 'Content-Type': type }), 415, 'unsupported-media-type');
    expectProblem(await putText(app, '{}', { 'Content-Encoding': 'br' }), 415, 'unsupported-media-type');
    expectStatus(await putText(app, '{}', { 'Content-Encoding': 'identity' }), 202);
  },
  J3: async (probe) => {
    const app = await probe.createApplication();
    const answer = expectProblem(await putText(app, JSON.stringify({ a: 'x'.repeat(256 * 1_024) })), 413, 'too-large');
    expectEqual(answer.members['limit'], 256 * 1_024, 'the limit');
  },
  J4: (probe) => refuseBodies(probe, [422, 'too-deep'], [nested(66), nested(5_000)]),
  J5: async (probe) => {
    await refuseBodies(probe, [422, 'number-range'], ['{"a":1e999}', '[-1e400]']);
    const app = await probe.createApplication();
    expectStatus(await putText(app, '{"a":9007199254740993}', { Prefer: 'wait=10' }), 200);
    expectEqual((await app.drained()).json, { a: 9007199254740992 }, 'an integer beyond 2^53');
  },
  J6: async (probe) => {
    await refuseBodies(probe, [422, 'ill-formed-string'], ['{"a":"\\ud800"}', '{"\\udc00":1}']);
    await refuseBodies(probe, [422, 'key-too-long'], [JSON.stringify({ ['k'.repeat(513)]: 1 })]);
  },
  J7: async (probe) => {
    const keys = ['__proto__', 'constructor', 'prototype'];
    await refuseBodies(
      probe,
      [422, 'forbidden-key'],
      keys.map((key) => `{"a":{"${key}":1}}`),
    );
    const app = await probe.createApplication();
    const operations = [{ op: 'add', path: '/__proto__', value: 1 }];
    expectProblem(await app.patch(1, operations), 422, 'forbidden-key', 'invalid-patch');
  },
  J8: async (probe) => {
    const app = await probe.createApplication();
    expectStatus(await putText(app, '{"a":1,"b":2,"a":3}', { Prefer: 'wait=10' }), 200);
    expectEqual((await app.drained()).json, { a: 3, b: 2 }, 'the state');
  },
  J9: async (probe) => {
    const app = await probe.createApplication();
    for (const bad of [[{ op: 'no' }], [{ op: 'add', path: 'a', value: 1 }], [{ op: 'add', path: '/a' }], {}])
      expectProblem(await app.patch(1, bad), 422, 'invalid-patch');
    expectStatus(await app.push(1, 'patch', [{ op: 'no' }]), 202);
    await app.drained();
    expectEqual((await app.ticket(1)).members['status'], 'rejected', 'the outcome of the named change');
  },
  J10: async (probe) => {
    const app = await probe.createApplication();
    const bad: readonly (readonly [rest: string, headers: Readonly<Record<string, string>>])[] = [
      ['/state', { Prefer: 'wait=soon' }],
      ['/state', { 'If-None-Match': 'bare' }],
      ['/state', { 'Min-Version': '-1' }],
      ['/state', { 'A-IM': '"' }],
    ];
    for (const [rest, headers] of bad) expectProblem(await app.get(rest, headers), 400, 'invalid-header');
    expectProblem(await app.merge(1, {}, { 'If-Match': 'bare' }), 400, 'invalid-header');
    expectProblem(await app.merge(1, {}, { 'Changebucket-Kind': 'a b' }), 400, 'invalid-header');
    expectStatus(await app.state({ Prefer: 'handling=lenient, unheard-of=1' }), 200);
    expectStatus(await app.get('/log', { 'Min-Version': 'unused here' }), 200);
    for (const query of ['?at=x', '?at=1&at=1', '?other=1', '?path=a'])
      expectProblem(await app.state({}, query), 400, 'invalid-query');
  },
  J11: async (probe) => {
    const app = await probe.createApplication();
    await app.mergeNow(1, { a: 1 });
    expectProblem(await app.merge(7, { a: 2 }), 409, 'sequence-gap');
    expectProblem(await putText(app, '{'), 400, 'malformed-json');
    const state = await app.drained();
    expectThat(state.position('head') === 1 && state.position('queue') === 0, 'A refused push has moved the head.');
    expectEqual(expectStatus(await app.merge(2, { a: 3 }), 202).seq, 2, 'the next seq');
  },
};
