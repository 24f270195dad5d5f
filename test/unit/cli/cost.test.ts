import { describe, expect, it } from 'vitest';
import { monthOn, naiveMonth, type Scenario, TRANSPORTS } from '../../../src/cli/cost/estimate.ts';
import { dollarsOf, dollarsOfStorage } from '../../../src/core/prices.ts';

const scenario: Scenario = {
  clients: 1_000,
  perApplication: 10,
  changesPerMinute: 6,
  hoursPerDay: 24,
  stateBytes: 10_000,
};
const HOURS = 720;

describe('prices', () => {
  it('[C1] a million of each costs what the list says', () => {
    const nothing = { workerRequests: 0, objectRequests: 0, rowsRead: 0, rowsWritten: 0, awakeMs: 0 };
    expect(dollarsOf({ ...nothing, workerRequests: 1e6 })).toBeCloseTo(0.3, 9);
    expect(dollarsOf({ ...nothing, objectRequests: 1e6 })).toBeCloseTo(0.15, 9);
    expect(dollarsOf({ ...nothing, rowsRead: 1e6 })).toBeCloseTo(0.001, 9);
    expect(dollarsOf({ ...nothing, rowsWritten: 1e6 })).toBeCloseTo(1, 9);
    // An hour awake: 3,600 s of 0.128 GB.
    expect(dollarsOf({ ...nothing, awakeMs: 3_600_000 })).toBeCloseTo(0.00576, 9);
    expect(dollarsOfStorage(1e9)).toBeCloseTo(0.2, 9);
  });
});

describe('the estimate of a month', () => {
  it('[C4] over sockets: one handshake an hour, a twentieth of a request and one row for each change', () => {
    const { usage, dollars } = monthOn('socket', scenario);
    const changes = 1_000 * 6 * 60 * HOURS;
    expect(usage.rowsWritten).toBe(changes);
    expect(usage.workerRequests).toBe(1_000 * HOURS);
    expect(usage.objectRequests).toBeCloseTo(changes / 20 + 1.05 * 1_000 * HOURS, 3);
    expect(dollars).toBeCloseTo(dollarsOf(usage) + 100 * dollarsOfStorage(30_000), 9);
    expect(dollars).toBeGreaterThan(changes / 1e6);
  });

  it('streams and long-polls keep each application awake all the time, shared by its readers', () => {
    for (const transport of ['sse', 'long-poll'] as const)
      expect(monthOn(transport, scenario).usage.awakeMs).toBe(100 * HOURS * 3_600_000);
    expect(monthOn('socket', scenario).usage.awakeMs).toBeLessThan(HOURS * 3_600_000);
  });

  it('pollers poll as the client does: every 250 ms during changes, every 5 s when idle', () => {
    expect(pollsAnHour('poll', 24)).toBeCloseTo(14_400, 3);
    expect(pollsAnHour('poll', 0)).toBeCloseTo(IDLE_POLLS, 3);
  });

  it('long-polls end with a change, or after 25 s', () => {
    expect(pollsAnHour('long-poll', 0)).toBeCloseTo(144, 3);
    expect(pollsAnHour('long-poll', 6)).toBeCloseTo(3_600, 3);
  });

  it('each transport costs less than the next, polling at the shortest interval as much as the naive design; more use costs more', () => {
    const dollars = TRANSPORTS.map((transport) => monthOn(transport, scenario).dollars);
    expect(dollars.toSorted((a, b) => a - b)).toEqual(dollars);
    expect(dollars[3]).toBeCloseTo(naiveMonth(scenario).dollars, -1);
    const quiet = { ...scenario, changesPerMinute: 0.1 };
    expect(monthOn('poll', quiet).dollars).toBeLessThan(naiveMonth(quiet).dollars / 2);
    const large = { ...scenario, stateBytes: 1e7 };
    expect(monthOn('poll', large).dollars).toBeLessThan(naiveMonth(large).dollars);
    for (const transport of TRANSPORTS) {
      const { dollars: once } = monthOn(transport, scenario);
      for (const more of [{ clients: 2_000 }, { changesPerMinute: 12 }, { stateBytes: 1e6 }])
        expect(monthOn(transport, { ...scenario, ...more }).dollars).toBeGreaterThan(once);
      expect(monthOn(transport, { ...scenario, hoursPerDay: 8 }).dollars).toBeLessThan(once);
    }
  });
});

/** Polls of each client, without those for its own changes. */
const pollsAnHour = (transport: 'poll' | 'long-poll', changesPerMinute: number): number =>
  monthOn(transport, { ...scenario, changesPerMinute }).usage.workerRequests / (1_000 * HOURS) - changesPerMinute * 60;

/** 40 polls 250 ms apart, 20 each of 500 ms, 1 s and 2 s, and the rest of the hour at 5 s. */
const IDLE_POLLS = 40 + 20 + 20 + 20 + Math.ceil((3_600 - 10 - 10 - 20 - 40) / 5);
