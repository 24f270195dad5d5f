import { afterEach, describe, expect, it, vi } from 'vitest';
import { DIRECTORY_MS_MAX } from '../../../../src/protocol/access-limits.ts';
import { RetainedShare } from '../../../../src/server/directory/retained-share.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('[L18] the share of deleted applications', () => {
  it('does not hold the alarm of its directory when applications are silent: revocations wait for it', async () => {
    vi.useFakeTimers();
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const surplus = Array.from({ length: 20 }, (_, i) => ({ app: `a${i}`, epoch: 'e' }));
    const [setBy, remove, asked] = [vi.fn(), vi.fn(), vi.fn()];
    const share = new RetainedShare({
      list: { surplus, remove } as never,
      alarm: { setBy } as never,
      owner: () => 'ann',
      applications: () => ({
        getByName: (name) => ({
          endRetained: () => {
            asked(name);
            return new Promise(() => undefined);
          },
        }),
      }),
    });
    const done = vi.fn();
    void share.enforce().then(done);
    await vi.advanceTimersByTimeAsync(DIRECTORY_MS_MAX);
    expect(done).toHaveBeenCalled();
    expect([asked.mock.calls.length, remove.mock.calls.length]).toEqual([20, 0]);
    expect(setBy.mock.calls[0]?.[0] - Date.now()).toBeGreaterThan(10_000);
  });
});
