import { describe, expect, it } from 'vitest';
import { withTimeLimit } from '../../../../src/client/platform/time-limit.ts';
import { Tokens } from '../../../../src/client/platform/tokens.ts';
import { Clock } from '../support/clock.ts';

describe('a time limit', () => {
  it('passes on an answer or an error that comes in time, and leaves no timer', async () => {
    const clock = new Clock();
    expect(await withTimeLimit(clock, 100, Promise.resolve('yes'))).toBe('yes');
    await expect(withTimeLimit(clock, 100, Promise.reject(new Error('no')))).rejects.toThrow('no');
    await clock.pass(0);
    expect(clock.pending).toBe(0);
  });

  it('rejects when no answer comes', async () => {
    const clock = new Clock();
    const failed = withTimeLimit(clock, 100, new Promise(() => undefined)).catch((error: Error) => error.message);
    await clock.pass(100);
    expect(await failed).toContain('100 ms');
  });
});

describe('a function that fetches tokens', () => {
  it('is called again when it has not answered within 10 s, and says that it fails until it answers', async () => {
    const clock = new Clock();
    let calls = 0;
    const source = (): Promise<string> => {
      calls += 1;
      return calls === 1 ? new Promise(() => undefined) : Promise.resolve('e30.e30.x');
    };
    const tokens = new Tokens(source, () => clock.now, clock);
    const first = tokens.get().catch(() => 'failed');
    await clock.pass(9_999);
    expect(tokens.isFailing).toBe(false);
    await clock.pass(1);
    expect([await first, tokens.isFailing]).toEqual(['failed', true]);
    expect([await tokens.get(), tokens.isFailing, calls]).toEqual(['e30.e30.x', false, 2]);
  });
});
