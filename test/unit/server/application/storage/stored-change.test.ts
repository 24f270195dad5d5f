import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../../../src/protocol/json.ts';
import {
  type AcceptedRow,
  type LoggedChange,
  lastOfRuns,
  positionSender,
  readChanges,
  serializeBody,
  serializeSender,
} from '../../../../../src/server/application/storage/stored-change.ts';

const AT = 1_700_000_000_000;

/** As a row holds them. */
const rowOf = (changes: readonly LoggedChange[]): AcceptedRow => {
  const senders = changes.flatMap((change, place) => {
    const printed = serializeSender(change, changes[place - 1]);
    return printed === '' ? [] : [positionSender(place, printed)];
  });
  const bodies = changes.map((change, index) => serializeBody(change, JSON.stringify(change.args), changes[index - 1]));
  const first = changes[0]?.seq ?? 1;
  return { first, last: first + changes.length - 1, at: AT, senders: `[${senders}]`, bodies: `[${bodies}]` };
};

const base: LoggedChange = { client: 'c', n: 4, user: 'alice', name: 'merge', args: { a: 1 }, seq: 9, at: AT };

const anyChange = fc.record(
  {
    client: fc.constantFrom('a', 'b', '~'),
    step: fc.integer({ min: 0, max: 2 }),
    user: fc.constantFrom('alice', 'bob "the" builder'),
    name: fc.constantFrom('merge', 'patch'),
    args: fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as Json),
    match: fc.constantFrom('*' as const, ['"e.1"'] as readonly string[]),
    batch: fc.integer({ min: 1, max: 3 }),
    nonce: fc.constantFrom('n1', 'n2'),
    skip: fc.integer({ min: 1, max: 9 }),
    key: fc.constantFrom('k1', 'k2'),
    retries: fc.integer({ min: 1, max: 9 }),
    hasPrevious: fc.boolean(),
  },
  { requiredKeys: ['client', 'step', 'user', 'name', 'args', 'hasPrevious'] },
);

const anyRow = fc.array(anyChange, { minLength: 1, maxLength: 8 }).map((drawn) => {
  let n = 1;
  return drawn.map(({ step, hasPrevious, ...rest }, index): LoggedChange => {
    n += step;
    const seq = 20 + index;
    return { ...rest, n, seq, at: AT, ...(hasPrevious ? { previous: seq - 1 } : {}) };
  });
});

describe('changes in their row', () => {
  it('[L7] come back as they were, whatever stands before them', () => {
    const property = fc.property(anyRow, (changes) => {
      expect(readChanges(rowOf(changes))).toEqual(changes);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('[D7] say where each client stands without what it asked', () => {
    const property = fc.property(anyRow, (changes) => {
      const { bodies: _bodies, ...row } = rowOf(changes);
      const position = (all: readonly Pick<LoggedChange, 'client' | 'n' | 'seq' | 'user'>[]) =>
        new Map(all.map(({ client, n, seq, user }) => [client, { n, seq, user }]));
      expect(position(lastOfRuns(row))).toEqual(position(changes));
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('[C4] of one client, one after the other, take little more than their args', () => {
    const next: LoggedChange = { ...base, n: 5, seq: 10, previous: 9, args: { a: 2 } };
    const row = rowOf([base, next, { ...next, n: 6, seq: 11, previous: 10 }]);
    expect([row.senders, row.bodies]).toEqual([
      '[[0,"c",4,"alice"]]',
      '[{"name":"merge","args":{"a":1}},{"args":{"a":2}},{"args":{"a":2}}]',
    ]);
    expect(serializeBody({ ...next, name: 'patch' }, '[]', base)).toBe('{"name":"patch","args":[]}');
    expect(serializeBody({ ...next, batch: 9 }, '{}', base)).toBe('{"batch":9,"args":{}}');
  });

  it.each<[string, Partial<LoggedChange>]>([
    ['another client', { client: 'd' }],
    ['another user', { user: 'bob' }],
    ['a gap, as of a retry', { n: 7 }],
    ['a change in between', { previous: 8 }],
    ['a key', { key: 'k' }],
    ['a retry', { retries: 3 }],
  ])('[L7] %s says who it is', (_, differs) => {
    const next: LoggedChange = { ...base, n: 5, seq: 10, previous: 9, ...differs };
    expect(serializeSender(next, base)).toContain('"');
  });
});
