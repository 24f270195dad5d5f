import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Sender } from '../../../../src/protocol/change.ts';
import type { ClientId } from '../../../../src/protocol/ids.ts';
import type { Json } from '../../../../src/protocol/json.ts';
import { problem } from '../../../../src/protocol/problems.ts';
import type { Version } from '../../../../src/protocol/version.ts';
import { type Cell, cell, columnsOf, type Row } from '../../../../src/server/rpc/columns.ts';
import type { PushAnswer, PushMessage, ReadAnswer, ReadMessage } from '../../../../src/server/rpc/messages.ts';
import * as packing from '../../../../src/server/rpc/packing.ts';

// Messages over RPC must come out as they went in, also between two versions of this code.

const id = fc.constantFrom('laptop', 'a.b_c~d-e', '0');
const count = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
// As JSON says it: without the negative zero that only JavaScript has.
const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as Json);
const optional = { requiredKeys: [] as [] };

const sender: fc.Arbitrary<Sender> = fc.oneof(
  fc.record({ kind: fc.constant('client' as const), client: id as fc.Arbitrary<ClientId>, n: count }),
  fc.record({ kind: fc.constant('key' as const), key: id }),
  fc.constant({ kind: 'anonymous' as const }),
);
const change = fc.record(
  { name: id, args: fc.json(), nonce: fc.constantFrom('n1', 'n2') },
  { requiredKeys: ['name', 'args'] },
);
const match = fc.oneof(fc.constant('*' as const), fc.array(fc.constantFrom('"e.1"', '"x"'), { maxLength: 3 }));

const push = fc
  .tuple(
    fc.record({
      sender,
      changes: fc.array(change, { minLength: 1, maxLength: 4 }),
      atomicity: fc.constantFrom('each' as const, 'atomic' as const),
      validate: fc.constantFrom('when-applied' as const, 'on-accept' as const),
      user: fc.string(),
      ifMissing: fc.constantFrom('refuse' as const, 'create' as const),
      returns: fc.constantFrom('receipts' as const, 'state' as const),
    }),
    fc.record(
      {
        kind: fc.constantFrom('todos', 'document'),
        match,
        wait: fc.integer({ min: 0, max: 25 }),
        role: fc.constantFrom('writer' as const, 'admin' as const),
        claims: fc.dictionary(id, json, { maxKeys: 2, noNullPrototype: true }),
        request: fc.uuid(),
      },
      optional,
    ),
  )
  .map(([required, rest]) => ({ ...required, ...rest }));

const EPOCH = 'mx3f';
const version: fc.Arbitrary<Version> = count.map((each) => ({ epoch: EPOCH, version: each }));
const position = fc.record({ epoch: fc.constant(EPOCH), version: count, head: count, queue: count, lag: count });
const readPosition = fc.tuple(position, count).map(([stands, definition]) => ({ ...stands, definition }));
const small = fc.integer({ min: 1, max: 9 });
const receipt = fc
  .tuple(fc.record({ client: id, n: fc.oneof(small, fc.nat()), seq: fc.oneof(small, fc.nat()) }), fc.boolean())
  .map(([first, isRepeated]) => ({ ...first, ...(isRepeated ? { repeated: true as const } : {}) }));
const cost = fc.record({ rowsRead: fc.double(), rowsWritten: fc.double(), storedBytes: count, awakeMs: count });

const read = fc
  .tuple(
    fc.record({
      known: fc.oneof(fc.constant('*' as const), fc.array(version, { maxLength: 3 })),
      delta: fc.constantFrom('json-patch' as const, 'none' as const),
      drain: fc.constantFrom('first' as const, 'no' as const),
    }),
    fc.record({ minVersion: count, wait: count, at: count, path: fc.string() }, optional),
  )
  .map(([required, rest]) => ({ ...required, ...rest }));

const readAnswer: fc.Arbitrary<ReadAnswer> = fc.oneof(
  fc.record({ kind: fc.constant('unchanged' as const), version, position: readPosition }),
  fc.record({ kind: fc.constant('state' as const), version, position: readPosition, body: fc.json() }),
  fc.record({ kind: fc.constant('patch' as const), version, position: readPosition, base: version, body: fc.json() }),
);

/** A copy as RPC makes it. */
const overRpc = <T>(value: T): T => structuredClone(value);

describe('messages over RPC', () => {
  it('[Q1] a push comes out as it went in', () => {
    const property = fc.property(push, (message) => {
      const expected: PushMessage = { ...message, via: 'request' };
      expect(packing.unpackPush(overRpc(packing.packPush(message)))).toEqual(expected);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('[Q1] [C2] so do receipts and their cost', () => {
    const runs = fc.array(fc.tuple(receipt, fc.nat(3)), { minLength: 1, maxLength: 5 });
    const property = fc.property(runs, position, cost, (drawn, drawnPosition, drawnCost) => {
      const receipts = drawn.flatMap(([first, more]) =>
        Array.from({ length: more + 1 }, (_, i) => ({ ...first, n: first.n + i, seq: first.seq + i })),
      );
      const answer: PushAnswer = { kind: 'accepted', receipts, position: drawnPosition, cost: drawnCost };
      expect(packing.unpackPushAnswer(overRpc(packing.packPushAnswer(answer)))).toEqual(answer);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('[S1] [S2] [S3] a read and its answer do', () => {
    const reads = fc.property(read, (message: ReadMessage) => {
      expect(packing.unpackRead(overRpc(packing.packRead(message)))).toEqual(message);
    });
    const answers = fc.property(readAnswer, (answer) => {
      expect(packing.unpackReadAnswer(overRpc(packing.packReadAnswer(answer)))).toEqual(answer);
    });
    fc.assert(reads, { numRuns: 500 });
    fc.assert(answers, { numRuns: 500 });
  });

  it('[E1] a refusal crosses as it is', () => {
    const refusal = { kind: 'refused' as const, problem: problem('queue-full', 'Wait.', { retryAfter: 1 }) };
    expect(packing.unpackPushAnswer(packing.packPushAnswer(refusal))).toEqual(refusal);
    expect(packing.unpackReadAnswer(packing.packReadAnswer(refusal))).toEqual(refusal);
  });
});

/** The row as a newer version would send it: one more column at the end. */
const withNewColumn = <Packed>(packed: Packed): Packed => {
  expect(packed).toBeInstanceOf(Array);
  return [...(packed as Iterable<Cell>), 'a new member'] as Packed;
};

/** The row as a version would send it that does not know the last columns yet. */
const withoutLast = <Packed>(packed: Packed, count: number): Packed =>
  (packed as unknown as Row).slice(0, -count) as unknown as Packed;

describe('two versions over RPC', () => {
  it('an older reader ignores a column that a newer version has added to a message', () => {
    const property = fc.property(push, read, (message, readMessage) => {
      const expected: PushMessage = { ...message, via: 'request' };
      expect(packing.unpackPush(overRpc(withNewColumn(packing.packPush(message))))).toEqual(expected);
      expect(packing.unpackRead(overRpc(withNewColumn(packing.packRead(readMessage))))).toEqual(readMessage);
    });
    fc.assert(property, { numRuns: 200 });
  });

  it('an older reader ignores a column that a newer version has added to an answer', () => {
    const receipts = fc.array(receipt, { minLength: 1, maxLength: 5 });
    const property = fc.property(receipts, position, cost, readAnswer, (accepted, drawnPosition, drawnCost, answer) => {
      const answered = { kind: 'accepted' as const, receipts: accepted, position: drawnPosition, cost: drawnCost };
      expect(packing.unpackPushAnswer(overRpc(withNewColumn(packing.packPushAnswer(answered))))).toEqual(answered);
      expect(packing.unpackReadAnswer(overRpc(withNewColumn(packing.packReadAnswer(answer))))).toEqual(answer);
    });
    fc.assert(property, { numRuns: 200 });
  });

  it('a newer reader takes optional columns that an older version does not send as missing', () => {
    const property = fc.property(push, read, (message, readMessage) => {
      const { match: _, wait: __, kind: ____, role: _____, claims: ______, request: _______, ...required } = message;
      const changes = message.changes.map(({ name, args }) => ({ name, args }));
      const expected: PushMessage = { ...required, changes, via: 'request' };
      expect(packing.unpackPush(overRpc(withoutLast(packing.packPush(message), 7)))).toEqual(expected);
      const { path: ___, ...withoutPath } = readMessage as ReadMessage;
      expect(packing.unpackRead(overRpc(withoutLast(packing.packRead(readMessage), 1)))).toEqual(withoutPath);
    });
    fc.assert(property, { numRuns: 200 });
  });

  it('lists of columns of two versions read each other, the new member missing where it was not sent', () => {
    interface Note {
      readonly text: string;
      readonly color?: string;
    }
    const older = columnsOf<Note>()({ text: ({ text }) => text });
    const newer = columnsOf<Note>()({ text: ({ text }) => text, color: ({ color }) => color });
    const note = { text: 'milk', color: 'red' };
    expect(cell(newer.pack(note), older.at.text)).toBe('milk');
    const fromOlder = older.pack(note);
    expect([cell(fromOlder, newer.at.text), cell(fromOlder, newer.at.color)]).toEqual(['milk', undefined]);
  });

  it('the columns of today keep their order: a change here breaks deployments under way, a new column at the end does not', () => {
    const sender = { kind: 'client', client: 'laptop' as ClientId, n: 7 } as const;
    const changes = [{ name: 'merge', args: '{"a":1}' }];
    const options = { atomicity: 'each', validate: 'on-accept', ifMissing: 'create', returns: 'state' } as const;
    const packedPush = packing.packPush({
      sender,
      changes,
      user: 'alice',
      ...options,
      wait: 5,
      match: ['"e.1"'],
      kind: 'todos',
    });
    const required = ['client', 'laptop', 7, 'alice', 'each', 'on-accept', 'create', 'state', 'merge', '{"a":1}'];
    expect(packedPush.slice(0, 13)).toEqual([...required, 5, '"e.1"', 'todos']);
    const at: ReadMessage = { known: '*', delta: 'none', drain: 'no', minVersion: 1, wait: 2, at: 3, path: '/a' };
    expect(packing.packRead(at).slice(0, 7)).toEqual(['*', 'none', 'no', 1, 2, 3, '/a']);
    const place = { epoch: 'e', version: 1, head: 2, queue: 3, lag: 4 };
    const spent = { rowsRead: 5, rowsWritten: 6, storedBytes: 7, awakeMs: 8 };
    const receipts = [
      { client: 'laptop', n: 1, seq: 2 },
      { client: 'laptop', n: 2, seq: 3 },
      { client: 'phone', n: 9, seq: 4, repeated: true as const },
    ];
    const accepted = packing.packPushAnswer({ kind: 'accepted', receipts, position: place, cost: spent });
    const lines = 'laptop 1 2 0 2\nphone 9 4 1 1';
    expect((accepted as Row).slice(0, 10)).toEqual(['e', 1, 2, 3, 4, 5, 6, 7, 8, lines]);
    const [version, base] = [
      { epoch: 'e', version: 9 },
      { epoch: 'e', version: 8 },
    ];
    const readPlace = { ...place, definition: 6 };
    const patch = packing.packReadAnswer({ kind: 'patch', version, base, position: readPlace, body: '[]' });
    expect((patch as unknown as Row).slice(0, 10)).toEqual(['e', 1, 2, 3, 4, 'patch', 9, '[]', 8, 6]);
  });
});
