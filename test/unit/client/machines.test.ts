import { describe, expect, it } from 'vitest';
import {
  LIVE_BACKOFF,
  POLL_BACKOFF,
  PUSH_BACKOFF,
  REQUEST_GAP_MS,
  retryDelay,
} from '../../../src/client/platform/backoff.ts';
import {
  PUSH_LOOP_TRANSITIONS,
  type PushLoopEvent,
  type PushLoopState,
} from '../../../src/client/push/push-loop-states.ts';
import {
  CONNECTION_TRANSITIONS,
  type ConnectionEvent,
  type ConnectionState,
} from '../../../src/client/transport/connection-states.ts';
import { pollDelay } from '../../../src/client/transport/poll-interval.ts';
import { randomFrom, seedOf } from '../../support/seed.ts';

const keysOf = <Key extends string>(table: Readonly<Record<Key, unknown>>): Key[] => Object.keys(table) as Key[];

/** The things that run in each state: the effects of a transition must lead exactly from one row to another. */
const RUNNING: Readonly<Record<ConnectionState, readonly string[]>> = {
  offline: [],
  opening: ['start-polling', 'open'],
  live: ['open'],
  waiting: ['start-polling', 'schedule-retry'],
  closed: [],
};
/** The effect that ends another one. */
const ENDS: Readonly<Record<string, string>> = {
  'stop-polling': 'start-polling',
  close: 'open',
  'cancel-retry': 'schedule-retry',
};

describe('the connection', () => {
  it('starts and stops exactly what differs between two states, for every event in every state', () => {
    let cells = 0;
    for (const from of keysOf(CONNECTION_TRANSITIONS)) {
      for (const event of keysOf<ConnectionEvent>(CONNECTION_TRANSITIONS[from])) {
        const [to, ...effects] = CONNECTION_TRANSITIONS[from][event];
        const runs = new Set(RUNNING[from]);
        // The timer has ended by firing.
        if (from === 'waiting' && event === 'retry-due') runs.delete('schedule-retry');
        for (const effect of effects) {
          if (effect === 'reset-failures') continue;
          const ended = ENDS[effect];
          if (ended === undefined) {
            expect([from, event, effect, runs.has(effect)]).toEqual([from, event, effect, false]);
            runs.add(effect);
          } else expect([from, event, effect, runs.delete(ended)]).toEqual([from, event, effect, true]);
        }
        // A check starts and stops nothing.
        runs.delete('check');
        expect([from, event, [...runs].sort()]).toEqual([from, event, [...RUNNING[to]].sort()]);
        cells += 1;
      }
    }
    expect(cells).toBe(30);
  });

  it('a failure of the live transport starts polling in the same transition', () => {
    expect(CONNECTION_TRANSITIONS.live.failed).toEqual(['waiting', 'close', 'start-polling', 'schedule-retry']);
  });

  it('closed is final, and is reached from every state', () => {
    for (const move of Object.values(CONNECTION_TRANSITIONS.closed)) expect(move).toEqual(['closed']);
    for (const from of keysOf(CONNECTION_TRANSITIONS)) expect(CONNECTION_TRANSITIONS[from].close[0]).toBe('closed');
  });
});

describe('the push loop’s states', () => {
  it('there is never more than one request, and no timer beside one', () => {
    const seed = seedOf('push states');
    const random = randomFrom(seed);
    const events = keysOf<PushLoopEvent>(PUSH_LOOP_TRANSITIONS.idle).filter((event) => event !== 'close');
    let state: PushLoopState = 'offline';
    let sends = 0;
    let requests = 0;
    let timers = 0;
    for (let step = 0; step < 20_000; step += 1) {
      const event = events[Math.floor(random() * events.length)] as PushLoopEvent;
      // Events that only a request or a timer causes.
      if (['answered', 'failed', 'empty'].includes(event) && requests === 0) continue;
      if (event === 'retry-due' && timers === 0) continue;
      if (['answered', 'failed', 'empty'].includes(event)) requests = 0;
      if (event === 'retry-due') timers = 0;
      const move: (typeof PUSH_LOOP_TRANSITIONS)[PushLoopState][PushLoopEvent] = PUSH_LOOP_TRANSITIONS[state][event];
      const [to, ...effects] = move;
      for (const effect of effects) {
        if (effect === 'send') [requests, sends] = [requests + 1, sends + 1];
        if (effect === 'abort') requests = 0;
        if (effect === 'schedule-retry') timers += 1;
        if (effect === 'cancel-retry') timers = 0;
      }
      state = to;
      expect([state, requests, timers]).toEqual([state, Number(state === 'sending'), Number(state === 'waiting')]);
    }
    expect(sends).toBeGreaterThan(1_000);
  });
});

describe('delays', () => {
  const schedule = (backoff: typeof PUSH_BACKOFF, random: number, retryAfterMs = 0): number[] =>
    Array.from({ length: 10 }, (_, index) => retryDelay(backoff, index + 1, random, retryAfterMs));

  it('[E3] each retry is spread over twice the time of the one before, up to a limit, after Retry-After', () => {
    const spread = (backoff: typeof PUSH_BACKOFF, random: number): number[] =>
      schedule(backoff, random).map((ms) => ms - REQUEST_GAP_MS);
    expect(spread(PUSH_BACKOFF, 1)).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    expect(spread(PUSH_BACKOFF, 0.5)).toEqual([125, 250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
    expect(spread(PUSH_BACKOFF, 0)).toEqual(Array.from({ length: 10 }, () => 0));
    expect(schedule(PUSH_BACKOFF, 0.5, 3_000).slice(0, 3)).toEqual([3_125, 3_250, 3_500]);
    expect(spread(POLL_BACKOFF, 1)).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000, 15_000]);
    expect(spread(LIVE_BACKOFF, 1).slice(0, 8)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    expect(retryDelay(PUSH_BACKOFF, 5_000, 1, 0)).toBe(30_250);
    expect(retryDelay(PUSH_BACKOFF, 1, 0, 1e15)).toBe(300_000);
  });

  it('polls slow down step by step while nothing changes, and nearly stop while the page is hidden', () => {
    const delays = Array.from({ length: 120 }, (_, idle) => pollDelay(idle, 'visible', 250));
    expect([...new Set(delays)]).toEqual([250, 500, 1_000, 2_000, 5_000]);
    expect(delays).toEqual(delays.toSorted((a, b) => a - b));
    expect(delays.filter((delay) => delay === 250)).toHaveLength(40);
    expect(pollDelay(0, 'visible', 1_000)).toBe(1_000);
    expect(pollDelay(0, 'hidden', 250)).toBe(30_000);
  });
});
