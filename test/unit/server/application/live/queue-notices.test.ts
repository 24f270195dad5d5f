import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Slice } from '../../../../../src/core/drain/drain-slice.ts';
import { QUEUE_NOTICE_MS } from '../../../../../src/protocol/limits.ts';
import { type QueueNotice, QueueNotices } from '../../../../../src/server/application/live/queue-notices.ts';
import type { LoadedState } from '../../../../../src/server/application/state/loaded-state.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const setUp = () => {
  const loaded = { row: { epoch: 'e' }, version: 0, head: 0, suspectUntil: 0, waitingSince: Date.now() };
  const told: string[] = [];
  const audience = {
    size: 1,
    tellQueue: ({ frame, event }: QueueNotice) => {
      const data = frame.slice('{"type":"queue",'.length);
      expect(new TextDecoder().decode(event)).toBe(`event: queue\ndata: {${data}\n\n`);
      told.push(data.slice(0, -1));
    },
  };
  const notices = new QueueNotices({ audiences: () => [audience], current: () => loaded as unknown as LoadedState });
  const commit = (version: number, head: number, base = version - 1) => {
    Object.assign(loaded, { version, head });
    notices.onCommit(loaded as unknown as LoadedState, { base } as Slice);
  };
  return { loaded, told, audience, notices, commit };
};

describe('[W18] [V10] notices of the queue', () => {
  it('are none while each commit leaves nothing', () => {
    const { told, commit } = setUp();
    for (let version = 1; version <= 1_000; version += 1) commit(version, version);
    expect([told, vi.getTimerCount()]).toEqual([[], 0]);
  });

  it('are one a second while something stays, the last one included, and one of the end', () => {
    const { told, commit } = setUp();
    for (let version = 1; version <= 100; version += 1) commit(version, 200);
    expect([told, vi.getTimerCount()]).toEqual([['"queue":199,"lag":0'], 1]);
    vi.advanceTimersByTime(QUEUE_NOTICE_MS);
    expect(told).toEqual(['"queue":199,"lag":0', '"queue":100,"lag":1000']);
    vi.advanceTimersByTime(10 * QUEUE_NOTICE_MS);
    // A queue that is held costs no timer: the object may sleep.
    expect([told.length, vi.getTimerCount()]).toEqual([2, 0]);
    commit(150, 200);
    commit(160, 200);
    commit(200, 200);
    commit(201, 201);
    expect(told.slice(2)).toEqual(['"queue":50,"lag":11000', '"queue":0,"lag":0']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('tell the end of what a first answer or the instance before has told', () => {
    const { loaded, told, notices, commit } = setUp();
    notices.onAnswered(0);
    commit(1, 1);
    expect(told).toEqual([]);
    notices.onAnswered(1);
    commit(2, 2);
    commit(3, 3);
    expect(told).toEqual(['"queue":0,"lag":0']);
    loaded.suspectUntil = 4;
    commit(4, 4);
    commit(5, 5);
    expect(told).toEqual(['"queue":0,"lag":0', '"queue":0,"lag":0']);
  });

  it('are none without readers, or of a deleted application', () => {
    const { told, audience, notices, commit } = setUp();
    audience.size = 0;
    commit(1, 9);
    audience.size = 1;
    commit(9, 9);
    expect(told).toEqual([]);
    commit(10, 20);
    commit(11, 20);
    notices.onDeleted();
    expect([told.length, vi.getTimerCount()]).toEqual([1, 0]);
  });
});
