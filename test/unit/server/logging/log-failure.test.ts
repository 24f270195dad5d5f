import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { logFailure } from '../../../../src/server/logging/log-failure.ts';

let lines: Record<string, unknown>[] = [];

beforeEach(() => {
  lines = [];
  vi.spyOn(console, 'error').mockImplementation((line) => lines.push(JSON.parse(line)));
});

afterEach(() => {
  vi.restoreAllMocks();
});

const MINUTE = 60_000;
let applications = 0;

/** An application of its own for each test: what was logged is remembered for the isolate. */
const newApplication = (): string => {
  applications += 1;
  return `alice/failures-${applications}`;
};

const boom = (message: string): Error => new Error(message);

describe('[E2] logFailure', () => {
  it('logs application, change, seq, error and stack in one line', () => {
    const application = newApplication();
    const error = new TypeError('no such member');
    logFailure('a change failed', { application, change: 'add', seq: 7 }, error, 0);
    expect(lines).toEqual([
      {
        level: 'error',
        time: expect.any(String),
        message: 'a change failed',
        application,
        change: 'add',
        seq: 7,
        error: 'TypeError: no such member',
        stack: error.stack,
      },
    ]);
    expect(error.stack).toContain('log-failure.test.ts');
  });

  it('logs the stack of one cause once a minute, and short lines by which each seq is found', () => {
    const application = newApplication();
    for (const [seq, time] of [0, 1, 2, MINUTE - 1, MINUTE, MINUTE + 1].entries()) {
      // The message names another thing each time: the place is the same.
      logFailure('a change failed', { application, change: 'add', seq }, boom(`no item ${seq}`), time);
    }
    expect(lines.map(({ seq, stack, stackAtSeq }) => [seq, stack !== undefined, stackAtSeq])).toEqual([
      [0, true, undefined],
      [1, false, 0],
      [2, false, 0],
      [3, false, 0],
      [4, true, undefined],
      [5, false, 4],
    ]);
    expect(lines[1]).toEqual({
      level: 'error',
      time: expect.any(String),
      message: 'a change failed',
      application,
      change: 'add',
      seq: 1,
      error: 'Error: no item 1',
      stackAtSeq: 0,
    });
  });

  it('logs at most 20 short lines a minute of one application, and then the number of those that were left out', () => {
    const application = newApplication();
    const times = [...Array.from({ length: 1_000 }, (_, n) => n * 50), MINUTE, MINUTE + 100, 2 * MINUTE];
    for (const [seq, time] of times.entries()) {
      logFailure('a change failed', { application, change: 'add', seq }, boom(`no item ${seq}`), time);
    }
    const withStack = lines.filter(({ stack }) => stack !== undefined);
    expect(withStack.map(({ seq, leftOut }) => [seq, leftOut])).toEqual([
      [0, undefined],
      [1_000, 979],
      [1_002, undefined],
    ]);
    expect(lines.filter(({ stack }) => stack === undefined).map(({ seq }) => seq)).toEqual([
      ...Array.from({ length: 20 }, (_, n) => n + 1),
      1_001,
    ]);
  });

  it('repeats no seq: a migration that is tried again, or a push that is refused before it has one', () => {
    for (const facts of [{ change: '$migrate', seq: 2 }, { change: 'add' }]) {
      lines = [];
      const application = newApplication();
      for (const time of [0, 1, 2, MINUTE]) logFailure('failed', { application, ...facts }, boom('here'), time);
      expect(lines.map(({ stack, leftOut }) => [stack !== undefined, leftOut])).toEqual([
        [true, undefined],
        [true, 2],
      ]);
    }
  });

  it('bounds the short lines of all causes of one application together, not those of another', () => {
    const [application, other] = [newApplication(), newApplication()];
    for (let seq = 1; seq <= 100; seq += 1) {
      for (const change of ['add', 'remove'])
        logFailure('a change failed', { application, change, seq }, boom('here'), 0);
    }
    expect(lines).toHaveLength(2 + 20);
    for (const seq of [1, 2])
      logFailure('a change failed', { application: other, change: 'add', seq }, boom('here'), 0);
    expect(lines).toHaveLength(2 + 20 + 2);
  });

  it('tells applications, changes and places apart', () => {
    const [application, other] = [newApplication(), newApplication()];
    const at = [() => boom('here'), () => boom('there')] as const;
    for (let round = 0; round < 3; round += 1) {
      for (const make of at) {
        logFailure('a change failed', { application, change: 'add' }, make(), round);
        logFailure('a change failed', { application, change: 'remove' }, make(), round);
        logFailure('a change failed', { application: other, change: 'add' }, make(), round);
      }
    }
    expect(lines.filter(({ stack }) => stack !== undefined)).toHaveLength(6);
  });

  it.each([[undefined], ['text'], [Object.create(null)], [Symbol('s')]])('takes whatever was thrown: %#', (thrown) => {
    const application = newApplication();
    logFailure('a change failed', { application, change: 'add', seq: 1 }, thrown, 0);
    logFailure('a change failed', { application, change: 'add', seq: 2 }, thrown, 1);
    expect(lines).toMatchObject([
      { seq: 1, error: expect.any(String) },
      { seq: 2, error: expect.any(String), stackAtSeq: 1 },
    ]);
  });

  it('keeps a line short, and the place in it, whatever the length of the message', () => {
    const application = newApplication();
    logFailure('a change failed', { application, change: 'add' }, boom('x'.repeat(1_000_000)), 0);
    expect(JSON.stringify(lines[0]).length).toBeLessThan(20_000);
    expect(lines[0]?.['stack']).toContain('log-failure.test.ts');
    for (let seq = 0; seq < 2; seq += 1)
      logFailure('a change failed', { application, change: 'add', seq }, new Error('x'.repeat(1_000_000)), 0);
    expect(JSON.stringify(lines.at(-1)).length).toBeLessThan(500);
  });
});
