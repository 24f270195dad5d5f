import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { document } from '../../../../src/applications/document.ts';
import { todos } from '../../../../src/applications/todos.ts';
import { change } from '../../../../src/core/change.ts';
import { defineApplication } from '../../../../src/core/define-application.ts';
import type { Definition } from '../../../../src/core/definition.ts';
import { deadLetterSlice, drainSlice, type Slice, unitsOf } from '../../../../src/core/drain/drain-slice.ts';
import type { QueuedChange, ReduceContext, Unit } from '../../../../src/core/drain/reduce.ts';
import { reject } from '../../../../src/core/json/problem-error.ts';
import { Tree } from '../../../../src/core/state/tree.ts';
import type { Json } from '../../../../src/protocol/json.ts';
import {
  DRAIN_SLICE_CHANGES,
  DRAIN_SLICE_MS,
  DRAIN_SLICE_REJECTIONS,
  PATCH_ROW_BYTES_MAX,
} from '../../../../src/protocol/limits.ts';
import { problemBody } from '../../../../src/protocol/problems.ts';
import { holds } from '../../../support/property.ts';
import { anyJson, type Loose, operationsIn, replayed, sizeProblem, textOf } from '../model.ts';

const definition: Definition = defineApplication({
  name: 'test',
  version: 1,
  initial: { count: 0 } as Loose,
  changes: {
    add: change(v.any(), (state: Loose) => {
      state.count += 1;
    }),
    twice: change(v.any(), (state: Loose) => {
      state.count += 1;
      state.count += 1;
    }),
    nothing: change(v.any(), () => undefined),
    pad: change(v.number(), (state: Loose, length) => {
      state.pad = 'x'.repeat(length);
    }),
    reject: change(v.any(), (state: Loose) => {
      state.count = -1;
      reject('no', `No: ${'x'.repeat(1_000)}`);
    }),
  },
});

const queued = (seq: number, name: string, more: Partial<QueuedChange> = {}): QueuedChange => ({
  seq,
  client: 'c',
  n: seq,
  user: 'u',
  at: seq,
  name,
  args: {},
  ...more,
});

const changes = (first: number, ...names: string[]): QueuedChange[] =>
  names.map((name, index) => queued(first + index, name));

const frozen = (): number => 0;

const contextAt = (version = 0, clock = frozen): ReduceContext => ({ definition, epoch: 'e', version, clock });

const drain = (list: readonly QueuedChange[], from = contextAt()): { slice: Slice; tree: Tree } => {
  const tree = new Tree(definition.initial());
  return { tree, slice: drainSlice(tree, unitsOf(list), from) };
};

describe('unitsOf', () => {
  const batched = (...batches: (number | undefined)[]): QueuedChange[] =>
    batches.map((batch, index) => queued(index + 1, 'add', batch === undefined ? {} : { batch }));

  it.each<readonly [string, (number | undefined)[], number[][]]>([
    ['nothing', [], []],
    ['one', [undefined], [[1]]],
    ['each alone', [undefined, undefined], [[1], [2]]],
    ['one batch', [1, 1, 1], [[1, 2, 3]]],
    [
      'two batches',
      [1, 1, 3, 3],
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ['a batch between', [undefined, 2, 2, undefined], [[1], [2, 3], [4]]],
    ['batches of one', [1, 2, 3], [[1], [2], [3]]],
    ['a batch at the end', [undefined, 2, 2], [[1], [2, 3]]],
  ])('[Q7] %s', (_, batches, units) => {
    expect([...unitsOf(batched(...batches))].map((unit) => unit.map(({ seq }) => seq))).toEqual(units);
  });

  it('reads no further than it must', () => {
    let read = 0;
    const endless = function* () {
      for (;;) {
        read += 1;
        yield queued(read, 'add');
      }
    };
    const [first] = [unitsOf(endless()).next()];
    expect([first.value?.length, read]).toEqual([1, 2]);
  });
});

describe('drainSlice', () => {
  it('[D8] of nothing does nothing', () => {
    const nothing = { base: 0, version: 0, changes: [], counts: [], patch: '', rejections: [], retriedApplied: [] };
    expect(drain([]).slice).toEqual(nothing);
  });

  it('[D4] [D6] passes what is rejected, and counts what each change did', () => {
    const { slice, tree } = drain(changes(5, 'add', 'reject', 'twice', 'nothing', 'nobody', 'add'), contextAt(4));
    expect(slice).toMatchObject({ base: 4, version: 10, counts: [1, 0, 2, 0, 0, 1], retriedApplied: [] });
    expect(slice.rejections.map(({ change: { seq }, problem }) => [seq, problem.seq, problem.name])).toEqual([
      [6, 6, 'change-refused'],
      [9, 9, 'unknown-change'],
    ]);
    expect(operationsIn([slice.patch ?? ''])).toEqual(
      [1, 2, 3, 4].map((value) => ({ op: 'replace', path: '/count', value })),
    );
    expect(tree.root).toEqual({ count: 4 });
  });

  it('[Q7] rejects all of an atomic batch: one with the reason, the others with a pointer to it', () => {
    const batch = changes(2, 'add', 'reject', 'add').map((each) => ({ ...each, batch: 2 }));
    const { slice, tree } = drain([queued(1, 'add'), ...batch, queued(5, 'add')]);
    expect(slice).toMatchObject({ version: 5, counts: [1, 0, 0, 0, 1] });
    expect(slice.rejections.map(({ change: { seq }, problem }) => [seq, problem.seq, problem.name])).toEqual([
      [2, 2, 'batch-failed'],
      [3, 3, 'change-refused'],
      [4, 4, 'batch-failed'],
    ]);
    expect(slice.rejections[0]?.problem.detail).toContain('Change 3 ');
    expect(slice.rejections.map(({ problem }) => problem.index)).toEqual([1, 1, 1]);
    expect(tree.root).toEqual({ count: 2 });
  });

  it('[Q7] counts the operations of an atomic batch at its last change', () => {
    const batch = changes(1, 'add', 'twice', 'add').map((each) => ({ ...each, batch: 1 }));
    expect(drain([...batch, queued(4, 'add')]).slice.counts).toEqual([0, 0, 4, 1]);
  });

  it('[Q12] tests each precondition against the version right before it', () => {
    const match = (version: number): Partial<QueuedChange> => ({ match: [`"e.${version}"`] });
    const { slice } = drain([
      queued(1, 'add', match(0)),
      queued(2, 'add', match(0)),
      queued(3, 'add', match(2)),
      queued(4, 'add', { ...match(3), batch: 4 }),
      queued(5, 'add', { ...match(3), batch: 4 }),
      queued(6, 'add', match(5)),
    ]);
    expect(slice.rejections.map(({ change: { seq }, problem }) => [seq, problem.version])).toEqual([[2, 1]]);
  });

  it('[O4] lists the rejected changes whose retry was applied, and only those', () => {
    const retry = (seq: number, name: string, retries: number) => queued(seq, name, { retries });
    const { slice } = drain(
      [retry(8, 'add', 3), retry(9, 'reject', 4), queued(10, 'add'), retry(11, 'nothing', 5)],
      contextAt(7),
    );
    expect(slice.retriedApplied).toEqual([3, 5]);
    expect(slice.rejections.map(({ change: each }) => each.retries)).toEqual([4]);
  });

  const many = (count: number, name: string): QueuedChange[] =>
    Array.from({ length: count }, (_, index) => queued(index + 1, name));

  it('[D8] ends by count', () => {
    const { slice } = drain(many(DRAIN_SLICE_CHANGES + 10, 'nothing'));
    expect([slice.version, slice.counts.length]).toEqual([DRAIN_SLICE_CHANGES, DRAIN_SLICE_CHANGES]);
  });

  it('[D8] ends by rejections, whose problems fit into one row', () => {
    const { slice } = drain(many(DRAIN_SLICE_REJECTIONS + 10, 'reject'));
    expect(slice.rejections).toHaveLength(DRAIN_SLICE_REJECTIONS);
    expect(JSON.stringify(slice.rejections.map(({ problem }) => problemBody(problem))).length).toBeLessThan(1_000_000);
  });

  it('[D8] ends by time, but never before the first unit is done', () => {
    for (const [step, passed] of [
      [0, 50],
      [DRAIN_SLICE_MS / 2, 1],
      [DRAIN_SLICE_MS, 1],
      [10 * DRAIN_SLICE_MS, 1],
      [1, 2],
    ] as const) {
      let now = 100;
      const clock = (): number => {
        now += step;
        return now;
      };
      const { slice } = drain(many(50, 'add'), contextAt(0, clock));
      // Each unit looks at the clock three times: before it, after it, and for the slice.
      expect([step, slice.version]).toEqual([step, step === 1 ? Math.ceil(DRAIN_SLICE_MS / 3) : passed]);
    }
  });

  it('[D8] does not part an atomic batch', () => {
    const batch = many(1_000, 'add').map((each) => ({ ...each, batch: 1 }));
    let now = 0;
    const clock = (): number => {
      now += DRAIN_SLICE_MS;
      return now;
    };
    expect(drain([...batch, queued(1_001, 'add')], contextAt(0, clock)).slice.version).toBe(1_000);
  });

  it('[D8] ends by bytes', () => {
    const pads = Array.from({ length: 10 }, (_, index) => queued(index + 1, 'pad', { args: 200_000 + index }));
    const { slice } = drain(pads);
    expect(slice.version).toBe(3);
    expect(slice.patch?.length).toBeGreaterThan(PATCH_ROW_BYTES_MAX / 2);
  });

  it('[D8] a patch that does not fit into a row is left out', () => {
    const overhead = '{"op":"add","path":"/pad","value":""}'.length;
    const fits = PATCH_ROW_BYTES_MAX - overhead - 1;
    for (const [length, isThere] of [
      [fits, true],
      [fits + 1, false],
      [5_000_000, false],
    ] as const) {
      const { slice, tree } = drain([queued(1, 'pad', { args: length }), queued(2, 'add')]);
      expect([length, slice.patch !== undefined]).toEqual([length, isThere]);
      expect(slice).toMatchObject({ version: 1, counts: [1] });
      expect(tree.root).toMatchObject({ count: 0, pad: expect.any(String) });
    }
  });
});

describe('deadLetterSlice', () => {
  it('[D5] passes a change without running it', () => {
    const poison = queued(9, 'add', { retries: 4 });
    expect(deadLetterSlice([poison], 3)).toEqual({
      base: 8,
      version: 9,
      changes: [poison],
      counts: [0],
      patch: '',
      retriedApplied: [],
      rejections: [
        { change: poison, problem: { name: 'dead-letter', seq: 9, detail: expect.stringContaining('3 times') } },
      ],
    });
  });

  it('[D5] [Q7] or a whole batch', () => {
    const unit = changes(4, 'add', 'add', 'add') as unknown as Unit;
    const slice = deadLetterSlice(unit, 3);
    expect(slice).toMatchObject({ base: 3, version: 6, counts: [0, 0, 0] });
    expect(slice.rejections.map(({ problem }) => [problem.name, problem.seq])).toEqual([
      ['dead-letter', 4],
      ['dead-letter', 5],
      ['dead-letter', 6],
    ]);
  });
});

describe('[D1] [S4] however a queue is cut into slices, the same comes out', () => {
  const anyKey = fc.constantFrom('a', 'b', 'c', '1', 'toString', '__proto__', '');
  const anyId = fc.constantFrom(...[...'xyzxyzxyz'], '5', 'toString', '__proto__', 'not an id');
  const anyPath = fc
    .array(fc.constantFrom('a', 'b', '1', '0', '-', 'toString'), { maxLength: 3 })
    .map((tokens) => tokens.map((token) => `/${token}`).join(''));
  const anyOperation = fc.oneof(
    fc.record({ op: fc.constantFrom('add', 'add', 'replace', 'test'), path: anyPath, value: anyJson }),
    fc.record({ op: fc.constant('remove'), path: anyPath }),
    fc.record({ op: fc.constantFrom('move', 'copy'), from: anyPath, path: anyPath }),
  );
  const anyDocumentChange = fc.oneof(
    fc.record({ name: fc.constant('merge'), args: fc.dictionary(anyKey, anyJson, { noNullPrototype: true }) }),
    fc.record({ name: fc.constant('patch'), args: fc.array(anyOperation, { minLength: 1, maxLength: 4 }) }),
    fc.record({ name: fc.constantFrom('patch', 'merge', 'nobody'), args: anyJson }),
  );
  const anyTodoChange = fc.oneof(
    fc.record({
      name: fc.constantFrom('add', 'add', 'add', 'rename'),
      args: fc.record({ id: anyId, text: fc.constantFrom('milk', 'eggs', ' bread ', 'soap', ' ') }),
    }),
    fc.record({ name: fc.constant('complete'), args: fc.record({ id: anyId, done: fc.boolean() }) }),
    fc.record({ name: fc.constant('remove'), args: fc.record({ id: anyId }) }),
    fc.record({ name: fc.constantFrom('clear', 'nobody'), args: fc.constantFrom({}, { extra: 1 }) }),
  );

  /** Neighbors with the same number are one atomic batch. */
  const anyQueue = (anyChange: fc.Arbitrary<{ name: string; args: unknown }>): fc.Arbitrary<QueuedChange[]> => {
    const anyOne = fc.record({
      asked: anyChange,
      joins: fc.constantFrom(true, false, false, false, false),
      match: fc.constantFrom(...new Array(9).fill(undefined), '*' as const, 'present' as const, 'past' as const),
      retries: fc.constantFrom(undefined, undefined, undefined, 1),
    });
    return fc.array(anyOne, { minLength: 1, maxLength: 25 }).map((list) => {
      const queue: QueuedChange[] = [];
      list.forEach(({ asked, joins, match, retries }, index) => {
        const seq = index + 1;
        const batch = joins ? (queue.at(-1)?.batch ?? seq) : undefined;
        const etags = match === undefined || match === '*' ? match : [`"e.${match === 'present' ? index : index - 2}"`];
        queue.push({
          ...queued(seq, asked.name, { args: JSON.parse(JSON.stringify(asked.args)) as Json }),
          ...(batch === undefined ? {} : { batch }),
          ...(etags === undefined ? {} : { match: etags }),
          ...(retries === undefined ? {} : { retries }),
        });
      });
      return queue;
    });
  };

  interface Outcome {
    readonly state: string;
    readonly version: number;
    readonly counts: number[];
    readonly patch: string[];
    readonly rejections: unknown[];
    readonly retriedApplied: number[];
  }

  /** Drains everything; `cut` says after which units a slice ends. */
  const drainAll = (kind: Definition, queue: readonly QueuedChange[], cut: (turn: number) => boolean): Outcome => {
    const tree = new Tree(kind.initial());
    const outcome = {
      version: 0,
      counts: [] as number[],
      patch: [] as string[],
      rejections: [] as unknown[],
      retriedApplied: [] as number[],
    };
    let turn = 0;
    while (outcome.version < queue.length) {
      const waiting = function* () {
        for (const unit of unitsOf(queue.slice(outcome.version))) {
          turn += 1;
          yield unit;
          if (cut(turn)) return;
        }
      };
      const slice = drainSlice(tree, waiting(), {
        definition: kind,
        epoch: 'e',
        version: outcome.version,
        clock: frozen,
      });
      expect(slice.base).toBe(outcome.version);
      expect(slice.counts).toHaveLength(slice.version - slice.base);
      expect(slice.counts.reduce((sum, count) => sum + count, 0)).toBe(operationsIn([slice.patch ?? '']).length);
      if (slice.patch !== '') outcome.patch.push(slice.patch ?? 'missing');
      outcome.version = slice.version;
      outcome.counts.push(...slice.counts);
      outcome.rejections.push(...slice.rejections.map(({ change: { seq }, problem }) => ({ seq, problem })));
      outcome.retriedApplied.push(...slice.retriedApplied);
    }
    expect(sizeProblem(tree)).toBeUndefined();
    expect(textOf(replayed(JSON.stringify(kind.initial()), outcome.patch))).toBe(textOf(tree));
    return { ...outcome, patch: [outcome.patch.join(',')], state: textOf(tree) };
  };

  it.each<readonly [Definition, fc.Arbitrary<QueuedChange[]>]>([
    [document, anyQueue(anyDocumentChange)],
    [todos, anyQueue(anyTodoChange)],
  ])('of $name', (kind, anyChanges) => {
    const seen = { applied: 0, rejected: 0 };
    holds(
      fc.property(anyChanges, fc.nat(), (queue, cuts) => {
        const oneByOne = drainAll(kind, queue, () => true);
        seen.applied += oneByOne.counts.filter((count) => count > 0).length;
        seen.rejected += oneByOne.rejections.length;
        expect(drainAll(kind, queue, () => false)).toEqual(oneByOne);
        expect(drainAll(kind, queue, (turn) => (cuts >> (turn % 31)) % 2 === 1)).toEqual(oneByOne);
        expect(({} as Loose).text).toBeUndefined();
      }),
    );
    expect(seen.applied).toBeGreaterThan(500);
    expect(seen.rejected).toBeGreaterThan(500);
  });
});
