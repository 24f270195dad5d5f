import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Sender } from '../../../../src/protocol/change.ts';
import type { ClientId } from '../../../../src/protocol/ids.ts';
import { problem } from '../../../../src/protocol/problems.ts';
import type { Version } from '../../../../src/protocol/version.ts';
import type { PushAnswer, PushMessage, ReadAnswer, ReadMessage } from '../../../../src/server/rpc/messages.ts';
import * as packing from '../../../../src/server/rpc/packing.ts';

// What is asked and answered over RPC must come out as it went in.

const id = fc.constantFrom('laptop', 'a.b_c~d-e', '0');
const count = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const optional = { requiredKeys: [] as [] };

const sender: fc.Arbitrary<Sender> = fc.oneof(
  fc.record({ kind: fc.constant('client' as const), client: id as fc.Arbitrary<ClientId>, n: count }),
  fc.record({ kind: fc.constant('key' as const), key: id }),
  fc.constant({ kind: 'anonymous' as const }),
);
const change = fc.record({ name: id, args: fc.json() });
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
    fc.record({ match, wait: fc.integer({ min: 0, max: 25 }) }, optional),
  )
  .map(([required, rest]) => ({ ...required, ...rest }));

const EPOCH = 'mx3f';
const version: fc.Arbitrary<Version> = count.map((each) => ({ epoch: EPOCH, version: each }));
const position = fc.record({ epoch: fc.constant(EPOCH), version: count, head: count, queue: count, lag: count });
const readPosition = fc.tuple(position, count).map(([stands, definition]) => ({ ...stands, definition }));
const small = fc.integer({ min: 1, max: 9 });
const receipt = fc
  .tuple(fc.record({ client: id, n: fc.oneof(small, fc.nat()), seq: fc.oneof(small, fc.nat()) }), fc.boolean())
  .map(([told, isRepeated]) => ({ ...told, ...(isRepeated ? { repeated: true as const } : {}) }));
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

const reading: fc.Arbitrary<ReadAnswer> = fc.oneof(
  fc.record({ kind: fc.constant('unchanged' as const), version, position: readPosition }),
  fc.record({ kind: fc.constant('state' as const), version, position: readPosition, body: fc.json() }),
  fc.record({ kind: fc.constant('patch' as const), version, position: readPosition, base: version, body: fc.json() }),
);

/** As RPC would hand it over. */
const over = <T>(value: T): T => structuredClone(value);

describe('what crosses RPC', () => {
  it('[Q1] a push comes out as it went in', () => {
    const property = fc.property(push, (message) => {
      const expected: PushMessage = { ...message, via: 'request' };
      expect(packing.unpackPush(over(packing.packPush(message)))).toEqual(expected);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('[Q1] [C2] so do receipts and their cost', () => {
    const runs = fc.array(fc.tuple(receipt, fc.nat(3)), { maxLength: 5 });
    const property = fc.property(runs, position, cost, (drawn, stands, spent) => {
      const receipts = drawn.flatMap(([first, more]) =>
        Array.from({ length: more + 1 }, (_, i) => ({ ...first, n: first.n + i, seq: first.seq + i })),
      );
      const answer: PushAnswer = { kind: 'accepted', receipts, position: stands, cost: spent };
      expect(packing.unpackPushAnswer(over(packing.packPushAnswer(answer)))).toEqual(answer);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('[S1] [S2] [S3] a read and its answer do', () => {
    const asked = fc.property(read, (message: ReadMessage) => {
      expect(packing.unpackRead(over(packing.packRead(message)))).toEqual(message);
    });
    const answered = fc.property(reading, (answer) => {
      expect(packing.unpackReadAnswer(over(packing.packReadAnswer(answer)))).toEqual(answer);
    });
    fc.assert(asked, { numRuns: 500 });
    fc.assert(answered, { numRuns: 500 });
  });

  it('[E1] a refusal goes over as it is', () => {
    const refusal = { kind: 'refused' as const, problem: problem('queue-full', 'Wait.', { retryAfter: 1 }) };
    expect(packing.unpackPushAnswer(packing.packPushAnswer(refusal))).toEqual(refusal);
    expect(packing.unpackReadAnswer(packing.packReadAnswer(refusal))).toEqual(refusal);
  });
});
