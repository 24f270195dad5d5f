import { describe, expect, it } from 'vitest';
import { hideInjectedFaults, isInjected } from '../support/injected-faults.ts';

const EXPORT_ENDED =
  'uncaught exception; source = Uncaught (in promise); stack = Error: the application was deleted or replaced during its export\n    at write';

describe('the output of the tests', () => {
  it.each([
    EXPORT_ENDED,
    'exception = kj/async-io.c++:1697: disconnected: abortRead() has been called\nstack: workerd@5d43510\n',
    'exception = workerd/api/actor-state.c++:1235: failed: broken.outputGateBroken; jsg.Error: killed by a test\n',
    'NOSENTRY SQLite alarm overdue, running despite AlarmManager mismatch; scheduledTime = 1s\n',
  ])('leaves out what a test has caused on purpose: case %#', (text) => {
    expect(isInjected(text)).toBe(true);
  });

  it.each([
    'uncaught exception; source = Uncaught (in promise); stack = Error: something new\n    at write',
    'uncaught exception; source = Uncaught (in promise); stack = TypeError: x is not a function\n',
    'exception = kj/async-io.c++:1697: failed: something new\n',
    `Error: ${EXPORT_ENDED}`,
    'FAIL test/worker/backup.test.ts\n',
    '',
  ])('shows everything else: case %#', (text) => {
    expect(isInjected(text)).toBe(false);
  });

  it('filters a stream write by write, and returns as it does', () => {
    const written: unknown[] = [];
    const stream = { write: (...args: unknown[]) => written.push(args) === 0 } as unknown as NodeJS.WriteStream;
    hideInjectedFaults(stream);
    expect([stream.write(EXPORT_ENDED), stream.write('a result\n'), stream.write(new Uint8Array(1))]).toEqual([
      true,
      false,
      false,
    ]);
    expect(written).toEqual([['a result\n'], [new Uint8Array(1)]]);
  });
});
