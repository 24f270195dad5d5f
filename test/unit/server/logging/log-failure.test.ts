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

  it('logs one cause once a minute, with the number of those that were left out', () => {
    const application = newApplication();
    const times = [
      ...Array.from({ length: 1_000 }, (_, n) => n * 50),
      MINUTE,
      2 * MINUTE - 1,
      2 * MINUTE,
      2 * MINUTE + 1,
    ];
    for (const [seq, time] of times.entries()) {
      // The message names another thing each time: the place is the same.
      logFailure('a change failed', { application, change: 'add', seq }, boom(`no item ${seq}`), time);
    }
    expect(lines.map(({ seq, leftOut }) => [seq, leftOut])).toEqual([
      [0, undefined],
      [1_000, 999],
      [1_002, 1],
    ]);
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
    expect(lines).toHaveLength(6);
  });

  it.each([[undefined], ['text'], [Object.create(null)], [Symbol('s')]])('takes whatever was thrown: %#', (thrown) => {
    const application = newApplication();
    logFailure('a change failed', { application, change: 'add' }, thrown, 0);
    logFailure('a change failed', { application, change: 'add' }, thrown, 1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ error: expect.any(String) });
  });

  it('keeps a line short, and the place in it, whatever the length of the message', () => {
    const application = newApplication();
    logFailure('a change failed', { application, change: 'add' }, boom('x'.repeat(1_000_000)), 0);
    expect(JSON.stringify(lines[0]).length).toBeLessThan(20_000);
    expect(lines[0]?.['stack']).toContain('log-failure.test.ts');
  });
});
