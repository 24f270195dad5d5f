import * as v from 'valibot';
import { describe, expect, it, vi } from 'vitest';
import { change } from '../../../../src/core/change.ts';
import { defineApplication } from '../../../../src/core/define-application.ts';
import type { Definition } from '../../../../src/core/definition.ts';
import {
  MIGRATION,
  type QueuedChange,
  type ReduceContext,
  type Reduced,
  reduce,
  type Unit,
} from '../../../../src/core/drain/reduce.ts';
import { ProblemError, reject } from '../../../../src/core/json/problem-error.ts';
import type { Json } from '../../../../src/protocol/json.ts';
import { CHANGE_TIME_MS_MAX, DETAIL_LENGTH_MAX } from '../../../../src/protocol/limits.ts';
import type { Problem } from '../../../../src/protocol/problems.ts';
import { sleep } from '../../../support/wait.ts';
import { type Loose, replayed, textOf, treeOf } from '../model.ts';

const anything = v.any();
const kept: Loose[] = [];

/** Every change first writes, so that what is not taken back shows. */
const act = (reducer: (state: Loose, args: Loose, context: Loose) => unknown) =>
  change(anything, (state: Loose, args: Loose, context) => {
    state.half = true;
    return reducer(state, args, context) as Loose;
  });

const circular: { self?: unknown } = {};
circular.self = circular;

const definition: Definition = defineApplication({
  name: 'test',
  version: 1,
  initial: {} as Loose,
  changes: {
    fine: act((state, args) => {
      state.done = args;
    }),
    context: change(anything, (state: Loose, _: Loose, context) => {
      state.context = { ...context };
    }),
    typed: change(v.strictObject({ text: v.pipe(v.string(), v.trim()) }), (state: Loose, { text }) => {
      state.text = text;
    }),
    nothing: change(anything, () => undefined),
    same: act((state) => state),
    whole: act(() => ({ whole: 1 })),
    'old-in-new': act((state) => ({ old: state })),
    'a-null': act(() => null),
    reject: act(() => reject('box-locked', 'The box is locked.')),
    'reject-at-length': act(() => reject('r'.repeat(10_000), 'd'.repeat(10_000))),
    'reject-with-no-text': act(() => reject(5 as unknown as string, 'A number.')),
    throw: act(() => {
      throw new Error('a bug');
    }),
    'throw-at-length': act(() => {
      throw new Error('x'.repeat(10_000));
    }),
    'throw-text': act(() => {
      throw 'text';
    }),
    'throw-nothing': act(() => {
      throw undefined;
    }),
    'throw-the-state': act((state) => {
      throw state;
    }),
    'throw-an-odd-error': act(() => {
      throw Object.assign(new Error('x'), { message: { odd: true } });
    }),
    'throw-no-problem': act(() => {
      throw new ProblemError({} as Problem);
    }),
    'throw-a-long-problem': act(() => {
      throw new ProblemError({ name: 'too-deep', detail: 'x'.repeat(10_000) });
    }),
    overflow: act((state) => {
      const dive = (): number => 1 + dive();
      state.n = dive();
    }),
    'type-error': act((state) => state.nobody.x),
    'not-json': act((state) => {
      state.date = new Date(0);
    }),
    'not-json-caught': act((state) => {
      try {
        state.date = new Date(0);
      } catch {
        state.caught = true;
      }
    }),
    'return-no-json': act(() => new Map()),
    'return-a-cycle': act(() => circular),
    'return-a-number-that-is-none': act(() => Number.NaN),
    asynchronous: act(async (state) => {
      await Promise.resolve();
      state.late = true;
    }),
    'asynchronous-and-failing': act(() => Promise.reject(new Error('late'))),
    keep: act((state) => {
      kept.push(state);
    }),
    'use-what-was-kept': act(() => {
      kept.at(-1).stolen = true;
    }),
    'too-large': act((state) => {
      state.pad = 'x'.repeat(9_000_000);
      state.more = 'x'.repeat(9_000_000);
    }),
    'endless-writes': act((state) => {
      for (;;) state.n = (state.n ?? 0) + 1;
    }),
    'asynchronous-schema': change(
      // @ts-expect-error the compiler refuses it, too
      v.pipeAsync(
        v.any(),
        v.checkAsync(async () => true),
      ),
      (state: Loose) => {
        state.late = true;
      },
    ),
  },
});

const STATE = { a: 1, half: false, z: [1] };

const queued = (name: string, args: Json = {}, more: Partial<QueuedChange> = {}): QueuedChange => ({
  seq: 7,
  client: 'phone',
  n: 3,
  user: 'ann',
  at: 1_700_000_000_000,
  name,
  args,
  ...more,
});

const run = (unit: Unit, clock: () => number = () => 0, onFailure?: ReduceContext['onFailure']) => {
  const tree = treeOf(STATE);
  const before = textOf(tree);
  const result = reduce(tree, unit, {
    definition,
    epoch: 'e1',
    version: 6,
    clock,
    ...(onFailure === undefined ? {} : { onFailure }),
  });
  if (result.kind === 'rejected') expect(textOf(tree)).toBe(before);
  else expect(textOf(replayed(before, result.operations))).toBe(textOf(tree));
  return { result, state: tree.root as Loose, tree };
};

const rejected = (failedSeq: number, problem: object): Reduced => ({
  kind: 'rejected',
  failedSeq,
  problem: expect.objectContaining(problem),
});

/** Strangers read outcomes: nothing of what was thrown is in one. */
const CHANGE_FAILED = {
  name: 'change-failed',
  detail: "The application's code failed on this change. The server's log says why.",
};

describe('[D4] [E2] a rejected change changes nothing, and says why', () => {
  it.each<readonly [string, object]>([
    ['nobody', { name: 'unknown-change', detail: 'The kind test has no change "nobody".' }],
    ['toString', { name: 'unknown-change' }],
    ['__proto__', { name: 'unknown-change' }],
    ['constructor', { name: 'unknown-change' }],
    ['typed', { name: 'invalid-args', detail: expect.stringContaining('text') }],
    ['reject', { name: 'change-refused', reason: 'box-locked', detail: 'The box is locked.' }],
    [
      'reject-at-length',
      { name: 'change-refused', reason: 'r'.repeat(DETAIL_LENGTH_MAX), detail: 'd'.repeat(DETAIL_LENGTH_MAX) },
    ],
    ['reject-with-no-text', { name: 'change-refused', detail: 'A number.' }],
    ['throw', CHANGE_FAILED],
    ['throw-at-length', CHANGE_FAILED],
    ['throw-text', CHANGE_FAILED],
    ['throw-nothing', CHANGE_FAILED],
    ['throw-the-state', CHANGE_FAILED],
    ['throw-an-odd-error', CHANGE_FAILED],
    ['throw-no-problem', CHANGE_FAILED],
    ['throw-a-long-problem', { name: 'too-deep', detail: 'x'.repeat(DETAIL_LENGTH_MAX) }],
    ['overflow', CHANGE_FAILED],
    ['type-error', CHANGE_FAILED],
    ['not-json', { name: 'not-json', pointer: '/date' }],
    ['not-json-caught', { name: 'not-json' }],
    ['return-no-json', { name: 'not-json' }],
    ['return-a-cycle', { name: 'not-json' }],
    ['return-a-number-that-is-none', { name: 'number-range', detail: expect.stringContaining(' is not JSON') }],
    ['asynchronous', { name: 'not-json', detail: expect.stringContaining('synchronous') }],
    ['asynchronous-and-failing', { name: 'not-json' }],
    ['asynchronous-schema', { name: 'change-failed', detail: expect.stringContaining('synchronous') }],
    ['too-large', { name: 'state-too-large', size: 18_000_048, limit: 16_000_000 }],
    ['endless-writes', { name: 'too-much-work' }],
  ])('%s', async (name, problem) => {
    const rejections = vi.fn();
    process.on('unhandledRejection', rejections);
    const { result, tree } = run([queued(name)]);
    expect(result).toEqual(rejected(7, problem));
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
    await sleep(0);
    process.off('unhandledRejection', rejections);
    expect(rejections).not.toHaveBeenCalled();
    expect(tree.root).toEqual(STATE);
    expect(tree.commit()).toEqual([]);
  });

  it('a draft kept by one change is of no use to the next', () => {
    expect(run([queued('keep')]).result.kind).toBe('applied');
    expect(run([queued('use-what-was-kept')]).result).toEqual(rejected(7, { name: 'change-failed' }));
    const both: Unit = [queued('keep'), queued('use-what-was-kept', {}, { seq: 8, batch: 7 })];
    const failures: unknown[] = [];
    const { result } = run(
      both,
      () => 0,
      (_, error) => failures.push(error),
    );
    expect(result).toEqual(rejected(8, CHANGE_FAILED));
    expect(failures).toMatchObject([{ message: expect.stringContaining('has ended') }]);
  });
});

describe('a change that is applied', () => {
  it.each<readonly [string, Json, object, readonly string[]]>([
    [
      'fine',
      { x: 1 },
      { ...STATE, half: true, done: { x: 1 } },
      ['{"op":"replace","path":"/half","value":true}', '{"op":"add","path":"/done","value":{"x":1}}'],
    ],
    ['nothing', {}, STATE, []],
    ['typed', { text: '  trimmed ' }, { ...STATE, text: 'trimmed' }, [expect.any(String)] as never],
    ['same', {}, { ...STATE, half: true }, ['{"op":"replace","path":"/half","value":true}']],
    ['whole', {}, { whole: 1 }, [expect.any(String), '{"op":"replace","path":"","value":{"whole":1}}'] as never],
    ['old-in-new', {}, { old: { ...STATE, half: true } }, [expect.any(String), expect.any(String)] as never],
  ])('[D1] %s', (name, args, state, operations) => {
    const { result, state: after } = run([queued(name, args)]);
    expect(after).toEqual(state);
    expect(result).toEqual({ kind: 'applied', operations });
  });

  it('may make the state null', () => {
    expect(run([queued('a-null')]).state).toBeNull();
  });

  it('[D9] sees when it was accepted, its seq, its client and its user; the role is that of a writer where none is stored', () => {
    expect(run([queued('context')]).state.context).toEqual({
      now: 1_700_000_000_000,
      seq: 7,
      client: 'phone',
      user: 'ann',
      role: 'writer',
      claims: {},
    });
    const rights = { role: 'admin', claims: { plan: 'pro' } } as const;
    expect(run([{ ...queued('context'), ...rights }]).state.context).toMatchObject(rights);
  });

  it('[L5] a migration in the log does nothing here: its work was done before', () => {
    expect(run([queued(MIGRATION)]).result).toEqual({ kind: 'applied', operations: [] });
  });
});

describe('[Q12] a precondition is tested when the change is applied', () => {
  const mismatch = { name: 'precondition-failed', version: 6, etag: '"e1.6"' };
  it.each<readonly [string, QueuedChange['match'], object | undefined]>([
    ['none', undefined, undefined],
    ['any state', '*', undefined],
    ['the present', ['"e1.6"'], undefined],
    ['the present among others', ['"e1.5"', '"e1.6"'], undefined],
    ['an older version', ['"e1.5"'], mismatch],
    ['a later version', ['"e1.7"'], mismatch],
    ['another epoch', ['"e2.6"'], mismatch],
    ['a weak tag', ['W/"e1.6"'], mismatch],
    ['no tag at all', [], mismatch],
  ])('%s', (_, match, problem) => {
    const { result } = run([queued('fine', {}, match === undefined ? {} : { match })]);
    if (problem === undefined) expect(result.kind).toBe('applied');
    else expect(result).toEqual(rejected(7, problem));
  });

  it('[Q12] says why a weak tag cannot match', () => {
    // HTTP drops weak tags when it parses the header, frames do not.
    for (const match of [[], ['W/"e1.6"'], ['"x.1"', 'W/"e1.6"']]) {
      const { result } = run([queued('fine', {}, { match })]);
      expect(result).toMatchObject({ problem: { detail: expect.stringContaining('W/"…"') } });
    }
    const { result } = run([queued('fine', {}, { match: ['"e1.5"'] })]);
    expect(result).toMatchObject({ problem: { detail: 'The state was at "e1.6".' } });
  });

  it('before name and args', () => {
    expect(run([queued('nobody', {}, { match: [] })]).result).toEqual(rejected(7, { name: 'precondition-failed' }));
  });
});

describe('[Q7] an atomic batch is applied whole or not at all', () => {
  const batch = (...names: [string, ...string[]]): Unit =>
    names.map((name, index) => queued(name, index, { seq: 7 + index, batch: 7 })) as unknown as Unit;

  it('whole', () => {
    const { result, state } = run(batch('fine', 'context', 'nothing', 'fine'));
    expect(result.kind).toBe('applied');
    expect(state).toMatchObject({ done: 3, context: { seq: 8 } });
  });

  it.each<readonly [string, number, [string, ...string[]]]>([
    ['the first', 7, ['reject', 'fine', 'fine']],
    ['the second', 8, ['fine', 'reject', 'fine']],
    ['the last', 9, ['whole', 'fine', 'reject']],
    ['the first of two', 8, ['fine', 'throw', 'reject']],
    ['one that is unknown', 8, ['fine', 'nobody', 'fine']],
  ])('not at all because of %s', (_, failedSeq, names) => {
    expect(run(batch(...names)).result).toMatchObject({ kind: 'rejected', failedSeq });
  });

  it('the work of all its changes is counted together', () => {
    const heavy: Unit = [
      queued('fine', ['x'.repeat(12_000_000)]),
      queued('fine', ['y'.repeat(12_000_000)], { seq: 8, batch: 7 }),
      queued('fine', ['z'.repeat(12_000_000)], { seq: 9, batch: 7 }),
    ];
    expect(run(heavy).result).toEqual(rejected(9, { name: 'too-much-work' }));
  });
});

describe('[D4] a change that takes too long is rejected where the clock advances', () => {
  it.each<readonly [number, 'applied' | 'rejected']>([
    [0, 'applied'],
    [CHANGE_TIME_MS_MAX, 'applied'],
    [CHANGE_TIME_MS_MAX + 1, 'rejected'],
  ])('%i ms', (taken, kind) => {
    let now = 5;
    const clock = (): number => {
      now += taken;
      return now - taken;
    };
    const { result } = run([queued('fine')], clock);
    expect(result.kind).toBe(kind);
    if (kind === 'rejected') expect(result).toEqual(rejected(7, { name: 'too-much-work', limit: CHANGE_TIME_MS_MAX }));
  });
});

describe('[E2] the author of a definition hears of its mistakes', () => {
  const failuresOf = (unit: Unit): (readonly [number, string, unknown])[] => {
    const failures: (readonly [number, string, unknown])[] = [];
    run(
      unit,
      () => 0,
      ({ seq, name }, error) => failures.push([seq, name, error]),
    );
    return failures;
  };

  it.each<readonly [string, unknown]>([
    ['throw', new Error('a bug')],
    ['throw-text', 'text'],
    ['throw-nothing', undefined],
    ['overflow', expect.any(RangeError)],
    ['type-error', expect.any(TypeError)],
  ])('%s: with the change and the error itself', (name, error) => {
    expect(failuresOf([queued(name)])).toEqual([[7, name, error]]);
  });

  it.each(['not-json', 'not-json-caught', 'return-a-cycle', 'return-a-number-that-is-none', 'asynchronous'])(
    '%s: with an error that names the place',
    (name) => {
      const [[seq, , error] = []] = failuresOf([queued(name)]);
      expect([seq, (error as ProblemError).stack]).toEqual([7, expect.stringContaining('reduce.test.ts')]);
    },
  );

  it.each(['reject', 'typed', 'nobody', 'asynchronous-schema', 'too-large', 'endless-writes', 'fine'])(
    '%s: nothing, as the outcome says all there is',
    (name) => {
      expect(failuresOf([queued(name)])).toEqual([]);
    },
  );

  it('of an atomic batch, the change that failed', () => {
    const batch: Unit = [
      queued('fine', {}, { seq: 7 }),
      queued('throw', {}, { seq: 8 }),
      queued('fine', {}, { seq: 9 }),
    ];
    expect(failuresOf(batch).map(([seq, name]) => [seq, name])).toEqual([[8, 'throw']]);
  });
});
