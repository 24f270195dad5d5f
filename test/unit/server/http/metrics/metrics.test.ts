import { describe, expect, it } from 'vitest';
import { parseMetrics } from '../../../../../src/api/metrics.ts';
import { metricsText } from '../../../../../src/server/http/metrics/metrics.ts';
import { COUNTERS, type Counter, gaugesOf, NO_NUMBERS, type Numbers } from '../../../../../src/server/rpc/numbers.ts';
import { valueIn } from '../../../../support/metric-samples.ts';

const numbers = (counts: Partial<Record<Counter, number>>, rest: Partial<Numbers> = {}): Numbers => ({
  ...NO_NUMBERS,
  counters: COUNTERS.map((name) => counts[name] ?? 0),
  ...rest,
});

const nothing = { total: NO_NUMBERS, owners: [], others: NO_NUMBERS };

describe('the text of /metrics', () => {
  it('[G1] is complete before anything was counted', () => {
    const samples = parseMetrics(metricsText(nothing, 0));
    expect(samples.length).toBeGreaterThan(60);
    expect(samples.every(({ value }) => value === 0)).toBe(true);
    // promtool does not look for a series that stands there twice.
    expect(new Set(samples.map(({ name, labels }) => JSON.stringify([name, labels]))).size).toBe(samples.length);
    expect(valueIn(samples, 'changebucket_owner_changes_accepted_total', { owner: '~other' })).toBe(0);
  });

  it('[G1] has totals and owners apart, and cumulative buckets', () => {
    const counts = {
      accepted: 7,
      applied: 4,
      rejected: 1,
      failed: 1,
      dead: 1,
      drains: 3,
      drainChanges: 7,
      drainMs: 1_500,
    };
    const some = numbers({
      ...counts,
      drainChanges1: 1,
      drainChanges10: 3,
      drainChanges100: 3,
      drainChanges1000: 3,
      drainMs250: 2,
      drainMs1000: 2,
    });
    const samples = parseMetrics(
      metricsText({ total: some, owners: [{ owner: 'ann', numbers: some }], others: NO_NUMBERS }, 0),
    );
    for (const [prefix, labels] of [
      ['changebucket_', {}],
      ['changebucket_owner_', { owner: 'ann' }],
    ] as const) {
      expect(valueIn(samples, `${prefix}changes_accepted_total`, labels)).toBe(7);
      expect(valueIn(samples, `${prefix}changes_settled_total`, { ...labels, outcome: 'failed' })).toBe(1);
      expect(valueIn(samples, `${prefix}drain_changes_bucket`, { ...labels, le: '10' })).toBe(3);
      expect(valueIn(samples, `${prefix}drain_seconds_bucket`, { ...labels, le: '0.25' })).toBe(2);
      expect(valueIn(samples, `${prefix}drain_seconds_bucket`, { ...labels, le: '+Inf' })).toBe(3);
      expect(valueIn(samples, `${prefix}drain_seconds_count`, labels)).toBe(3);
      expect(valueIn(samples, `${prefix}drain_seconds_sum`, labels)).toBe(1.5);
    }
  });

  it('[G1] tells how long the oldest queued change has waited at the time of the scrape', () => {
    const waiting = numbers({}, { waitingSince: 10_000, gauges: gaugesOf({ queue: 3, sockets: 2 }) });
    const samples = parseMetrics(metricsText({ ...nothing, total: waiting }, 12_500));
    expect(valueIn(samples, 'changebucket_lag_seconds')).toBe(2.5);
    expect(valueIn(samples, 'changebucket_queue_changes')).toBe(3);
    expect(valueIn(samples, 'changebucket_readers', { transport: 'socket' })).toBe(2);
    expect(valueIn(parseMetrics(metricsText({ ...nothing, total: waiting }, 9_000)), 'changebucket_lag_seconds')).toBe(
      0,
    );
  });

  it.each(['a"b', 'a\\b', 'a\\nb', '"} 1', 'ünï', '😀 \\"', 'auth0|5f7c', '{owner="x"}'])(
    '[G1] spells the owner %j so that it is read as it is',
    (owner) => {
      const samples = parseMetrics(
        metricsText({ ...nothing, owners: [{ owner, numbers: numbers({ accepted: 5 }) }] }, 0),
      );
      expect(valueIn(samples, 'changebucket_owner_changes_accepted_total', { owner })).toBe(5);
    },
  );

  it('[G1] counts an owner with the name of the others with them', () => {
    const owners = [{ owner: '~other', numbers: numbers({ accepted: 5 }) }];
    const samples = parseMetrics(metricsText({ ...nothing, owners, others: numbers({ accepted: 2 }) }, 0));
    expect(valueIn(samples, 'changebucket_owner_changes_accepted_total', { owner: '~other' })).toBe(7);
  });
});
