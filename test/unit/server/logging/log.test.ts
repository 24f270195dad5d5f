import { afterEach, describe, expect, it, vi } from 'vitest';
import { describeError, log } from '../../../../src/server/logging/log.ts';

const printedBy = (level: 'error' | 'info') => vi.spyOn(console, level).mockImplementation(() => undefined).mock.calls;

afterEach(() => {
  vi.restoreAllMocks();
});

describe('log', () => {
  it('prints one line of JSON: level, message and application first', () => {
    const calls = printedBy('error');
    log('error', 'a drain failed', { seq: 7, application: 'alice/board' });
    const line = '{"level":"error","message":"a drain failed","application":"alice/board","seq":7}';
    expect(calls).toEqual([[line]]);
  });

  it('leaves the application out where none is known', () => {
    const calls = printedBy('info');
    log('info', 'the keys were fetched');
    log('info', 'a request came', { application: undefined });
    const lines = calls.map(([line]) => line);
    expect(lines).toEqual([
      '{"level":"info","message":"the keys were fetched"}',
      '{"level":"info","message":"a request came"}',
    ]);
  });

  it('describes an error by name, message and stack, and any other thrown value as text', () => {
    const error = new TypeError('no');
    expect(describeError(error)).toEqual({ error: 'TypeError: no', stack: error.stack });
    expect(describeError(404)).toEqual({ error: '404' });
  });
});
