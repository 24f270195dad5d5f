import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { currentRequest, withRequest } from '../../../../src/server/logging/current-request.ts';
import { describeError, log } from '../../../../src/server/logging/log.ts';

const printedBy = (level: 'error' | 'info') => vi.spyOn(console, level).mockImplementation(() => undefined).mock.calls;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 10, 28) });
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const TIME = '"time":"2026-11-28T00:00:00.000Z"';

describe('log', () => {
  it('prints one line of JSON: level, time, message and application first', () => {
    const calls = printedBy('error');
    log('error', 'a drain failed', { seq: 7, application: 'alice/board' });
    const line = `{"level":"error",${TIME},"message":"a drain failed","application":"alice/board","seq":7}`;
    expect(calls).toEqual([[line]]);
  });

  it('leaves the application out where none is known', () => {
    const calls = printedBy('info');
    log('info', 'the keys were fetched');
    log('info', 'a request came', { application: undefined });
    const lines = calls.map(([line]) => line);
    expect(lines).toEqual([
      `{"level":"info",${TIME},"message":"the keys were fetched"}`,
      `{"level":"info",${TIME},"message":"a request came"}`,
    ]);
  });

  it('[G2] names the request whose work runs, and no other one', async () => {
    const calls = printedBy('error');
    const work = withRequest('request-1', async () => {
      log('error', 'in its turn');
      withRequest(undefined, () => log('error', 'of an alarm'));
      log('error', 'of a change', { request: 'request-2' });
      await Promise.resolve();
      log('error', 'later');
    });
    expect(currentRequest()).toBeUndefined();
    await work;
    expect(() => withRequest('request-3', () => JSON.parse('no'))).toThrow(SyntaxError);
    log('error', 'after a failure');
    const requests = calls.map(([line]) => JSON.parse(line).request);
    expect(requests).toEqual(['request-1', undefined, 'request-2', undefined, undefined]);
  });

  it('describes an error by name, message and stack, and any other thrown value as text', () => {
    const error = new TypeError('no');
    expect(describeError(error)).toEqual({ error: 'TypeError: no', stack: error.stack });
    expect(describeError(404)).toEqual({ error: '404' });
  });
});
