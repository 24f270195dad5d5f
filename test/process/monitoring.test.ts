import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseMetrics } from '../../src/api/metrics.ts';
import { root } from '../../src/cli/bundle.ts';
import { mintToken } from '../../src/server/access/mint-token.ts';
import type { Counter } from '../../src/server/rpc/numbers.ts';
import { type LoadedRule, type Prometheus, promtool, startPrometheus } from '../support/hosting/prometheus.ts';
import { type AlertTest, type ExpectedAlert, OWNER, type Told, testRules } from '../support/hosting/rule-tests.ts';
import { Workerd } from '../support/servers.ts';
import { until } from '../support/wait.ts';

// What docs/operate.md and examples/monitoring say of Prometheus, done with Debian's prometheus and promtool.

const SECRET = 'a-secret-for-monitoring-only-0123456789abcdef';
const OPERATOR_TOKEN = 'an-operator-of-this-test-0123456789';

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}
const dashboard = JSON.parse(readFileSync(join(root, 'examples/monitoring/dashboard.json'), 'utf8')) as {
  readonly panels: readonly Panel[];
};
/** As Grafana sends them while all deployments are chosen. */
const queries = dashboard.panels.flatMap(({ title, targets }) =>
  targets.map(({ expr }) => ({ title, expr: expr.replaceAll('$instance', '.*') })),
);

let server: Workerd;
let prometheus: Prometheus;
let rules: readonly LoadedRule[];

const metrics = async (): Promise<string> =>
  (await fetch(`${server.url}/metrics`, { headers: { Authorization: `Bearer ${OPERATOR_TOKEN}` } })).text();

beforeAll(async () => {
  server = await Workerd.prepare({ secret: SECRET, env: { OPERATOR_TOKEN } });
  // It looks for its targets some seconds later.
  prometheus = await startPrometheus(server.url, OPERATOR_TOKEN);
  rules = await prometheus.rules();
  await server.start();
  const token = await mintToken({ secret: SECRET, subject: OWNER });
  await fetch(`${server.url}/v1/apps/${encodeURIComponent(OWNER)}/list`, {
    method: 'PUT',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: '{"kind":"todos"}',
  });
  await until(async () => /^changebucket_owners 1$/m.test(await metrics()));
});
afterAll(() => Promise.all([server?.kill(), prometheus?.stop()]));

/** What is counted in each minute of the dashboard's hour. */
const A_MINUTE: Partial<Record<Counter, number>> = {
  ...{ accepted: 60, applied: 48, rejected: 6, failed: 3, dead: 3 },
  ...{ drains: 30, drainChanges: 60, drainMs: 450, drainChanges1: 15, drainMs10: 15 },
  ...{ drainChanges10: 30, drainChanges100: 30, drainChanges1000: 30, drainMs50: 30, drainMs250: 30, drainMs1000: 30 },
  ...{ reads200: 6, reads226: 12, reads304: 120, readsLongPoll: 3, events: 30, frames: 60 },
  ...{ requests: 240, messages: 120, alarms: 6, rowsRead: 600, rowsWritten: 60, awakeMs: 30_000 },
};
const times = (minutes: number, counts = A_MINUTE): Partial<Record<Counter, number>> =>
  Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, count * minutes]));

const busy: Told = (minute) => ({
  counters: times(minute),
  gauges: { queue: 3, held: 1, waiting: 1, streams: 1, sockets: 2, storedBytes: 5e6, applications: 4, owners: 1 },
  waitingSinceMinute: 50,
});

const own = (value: number) => ({ labels: `{owner=${JSON.stringify(OWNER)}}`, value });
const other = { labels: '{owner="~other"}', value: 0 };
const all = (value: number) => [{ labels: '{}', value }];
const by = (label: string, values: Readonly<Record<string, number>>) =>
  Object.entries(values).map(([name, value]) => ({ labels: `{${label}="${name}"}`, value }));
/** Of an hour: requests to the Worker and the object, messages, alarms, rows read and written, and half an hour at work. */
const HOUR_DOLLARS = (14_400 * 0.45 + (360 + 360) * 0.15 + 36_000 * 0.001 + 3_600 + 1_800 * 0.128 * 12.5) / 1e6;

/** What the queries of each panel return at the end of that hour, in their order. */
const SHOWN: Readonly<Record<string, readonly (readonly { labels: string; value: number }[])[]>> = {
  'Changes by outcome': [by('outcome', { applied: 0.8, rejected: 0.1, failed: 0.05, dead: 0.05 }), all(1)],
  Failures: [by('outcome', { failed: 45, dead: 45 })],
  'Lag and queue': [all(600), all(3), all(1)],
  'Drain time': [all(0.01), all(0.0492)],
  'Changes of a drain': [all(2)],
  'Reads by answer': [by('answer', { 200: 0.1, 226: 0.2, 304: 2, 'long-poll': 0.05, sse: 0.5, socket: 1 })],
  'Live readers': [by('transport', { 'long-poll': 1, sse: 1, socket: 2 })],
  Rows: [by('access', { read: 10, written: 1 })],
  'Cost of the last day': [all(HOUR_DOLLARS), [own(HOUR_DOLLARS), other]],
  'Changes by owner': [[own(1), other]],
  'Failures by owner': [[own(360), other]],
  'Applications, owners, storage': [all(4), all(1), all(5)],
  'Waiting by owner': [[own(600)], [own(1)]],
  'Billed events': [all(4), all(2), all(0.1), all(0.5)],
  'Rows by owner': [[own(11), other]],
};

describe('the dashboard', () => {
  it('[G1] shows what is so', () => {
    const expected = Object.entries(SHOWN).flatMap(([title, answers]) => answers.map((data) => ({ title, data })));
    expect(queries.map(({ title }) => title)).toEqual(expected.map(({ title }) => title));
    const tests = queries.map(({ expr }, i) => ({ expr, eval_time: '60m', exp_samples: expected[i]?.data ?? [] }));
    testRules({ a: busy }, { promql_expr_test: tests });
  });

  it('[G1] shows one of several deployments, and each family', async () => {
    const only = dashboard.panels.flatMap(({ targets }) =>
      targets.map(({ expr }) => expr.replaceAll('$instance', 'b')),
    );
    const tests = only.map((expr) => ({ expr, eval_time: '60m', exp_samples: [] }));
    testRules({ a: busy }, { promql_expr_test: tests });
    const families = [...(await metrics()).matchAll(/^# TYPE (changebucket_(?!owner_)\w+)/gm)].map(([, name]) => name);
    expect(families.length).toBeGreaterThan(15);
    expect(families.filter((name) => !only.some((expr) => expr.includes(`${name}`)))).toEqual([]);
  });
});

/** One alert at some minutes, each with the deployments for which it fires then. */
const alerts = (
  alertname: string,
  at: Readonly<Record<number, readonly string[]>>,
  annotations: Readonly<Record<string, string>> = {},
): readonly AlertTest[] => {
  const rule = rules.find(({ name }) => name === alertname) as LoadedRule;
  const alert = (instance: string): ExpectedAlert => ({
    exp_labels: { ...rule.labels, job: 'changebucket', ...(instance === '' ? {} : { instance }) },
    exp_annotations: { ...rule.annotations, ...annotations },
  });
  return Object.entries(at).map(([minute, instances]) => ({
    ...{ eval_time: `${minute}m`, alertname },
    exp_alerts: instances.map(alert),
  }));
};

const expectAlerts = (deployments: Readonly<Record<string, Told>>, ...tests: readonly (readonly AlertTest[])[]): void =>
  testRules(deployments, { alert_rule_test: tests.flat() });

const idle: Told = () => ({ counters: A_MINUTE });
/** Counts from a minute on. */
const from =
  (minute: number, counts: Partial<Record<Counter, number>>): Told =>
  (now) => ({ counters: now < minute ? {} : counts });

describe('the alerts', () => {
  it('[G1] are four, and none fires while rules reject, somebody waits for a moment, and money is well spent', () => {
    expect(rules.map(({ name }) => name)).toEqual([
      ...['ChangebucketUnreachable', 'ChangebucketFailures', 'ChangebucketLag', 'ChangebucketCost'],
    ]);
    for (const { annotations } of rules) expect(Object.keys(annotations).sort()).toEqual(['description', 'summary']);
    const healthy: Told = (minute) => ({
      counters: times(minute, { accepted: 900, applied: 600, rejected: 300, rowsWritten: 50_000 }),
      // A short wait every other minute.
      ...(minute % 2 === 0 ? {} : { waitingSinceMinute: minute - 3 }),
    });
    expectAlerts({ a: healthy }, ...rules.map(({ name }) => alerts(name, { 0: [], 5: [], 6: [], 20: [], 60: [] })));
  });

  it.each(['failed', 'dead'] as const)(
    '[G1] ChangebucketFailures: one change that is told as %s fires it for 15 minutes',
    (outcome) => {
      const fires = alerts('ChangebucketFailures', { 9: [], 10: ['b'], 24: ['b'], 26: [] });
      expectAlerts({ a: idle, b: from(10, { [outcome]: 1 }) }, fires);
    },
  );

  it('[G1] ChangebucketFailures: neither a restart nor counters that begin anew fire it, and the next failure does', () => {
    const restarted: Told = (minute) => (minute > 9 && minute < 13 ? undefined : { counters: { failed: 5 } });
    expectAlerts({ a: restarted }, alerts('ChangebucketFailures', { 8: [], 13: [], 20: [] }));
    const anew: Told = (minute) => ({ counters: { failed: minute < 10 ? 5 : minute < 40 ? 0 : 1 } });
    expectAlerts({ a: anew }, alerts('ChangebucketFailures', { 9: [], 10: [], 39: [], 40: ['a'] }));
  });

  it('[G1] ChangebucketLag: fires when changes have waited for more than a minute, for five minutes, over a scrape that fails', () => {
    const stuck: Told = (minute) => {
      if (minute === 9) return undefined;
      return minute < 5 || minute > 20 ? {} : { waitingSinceMinute: 5 };
    };
    const summary = (waited: string) => ({ summary: `Accepted changes have waited for ${waited}.` });
    const fires = alerts('ChangebucketLag', { 11: [], 12: ['a'] }, summary('7m 0s'));
    const ends = alerts('ChangebucketLag', { 20: ['a'], 21: [] }, summary('15m 0s'));
    expectAlerts({ a: stuck, b: idle }, fires, ends);
  });

  it('[G1] ChangebucketCost: fires above $5 in a day, for 15 minutes, and over a restart', () => {
    const dear =
      (rowsWritten: number): Told =>
      (minute) =>
        minute === 10 ? undefined : { counters: { rowsWritten: Math.min(1, minute / 20) * rowsWritten } };
    const summary = 'The applications have cost $6.00 in a day.';
    // Above $5 from minute 17 on.
    const fires = alerts('ChangebucketCost', { 16: [], 31: [], 32: ['a'], 60: ['a'] }, { summary });
    expectAlerts({ a: dear(6e6), b: dear(4.9e6) }, fires);
  });

  it('[G1] ChangebucketUnreachable: fires after five minutes without numbers, or without the job', () => {
    const lost =
      (minutes: number): Told =>
      (now) =>
        now >= 10 && now < 10 + minutes ? undefined : {};
    const fires = alerts('ChangebucketUnreachable', { 14: [], 15: ['a'], 19: ['a'], 20: [] });
    expectAlerts({ a: lost(10), b: lost(4) }, fires);
    expectAlerts({}, alerts('ChangebucketUnreachable', { 4: [], 5: [''] }));
  });
});

describe('Prometheus, set as the page says', () => {
  it('[G1] promtool finds nothing to say against /metrics', async () => {
    expect(promtool(['check', 'metrics'], await metrics())).toBe('');
    expect(() => promtool(['check', 'metrics'], 'changebucket_total{a="1",} x\n')).toThrow(/parsing error/);
  });

  it('[G1] reads each series, and has data for each query of the dashboard', async () => {
    // A scrape from before the application was registered may be there.
    await until(async () => (await prometheus.query('changebucket_applications == 1')).length === 1);
    const names = (series: readonly { name: string; labels: Readonly<Record<string, string>> }[]) =>
      series.map(({ name, labels }) => `${name} ${JSON.stringify(Object.entries(labels).sort())}`).sort();
    const known = await prometheus.query('{__name__=~"changebucket_.*"}');
    const read = known.map(({ metric: { __name__: name = '', job: _, instance: __, ...labels } }) => ({
      name,
      labels,
    }));
    expect(names(read)).toEqual(names(parseMetrics(await metrics())));
    // A rate needs two samples.
    const empty = async () => {
      const answers = await Promise.all(
        queries.map(async (each) => ({ ...each, data: await prometheus.query(each.expr) })),
      );
      return answers.filter(({ data }) => data.length === 0).map(({ title }) => title);
    };
    const only = ['Waiting by owner', 'Waiting by owner'];
    await until(async () => JSON.stringify(await empty()) === JSON.stringify(only));
    await until(async () => (await prometheus.rules()).every(({ health }) => health === 'ok'));
    const own = await (await fetch(`${prometheus.url}/metrics`)).text();
    expect(own).toMatch(/^prometheus_target_scrapes_sample_duplicate_timestamp_total 0$/m);
  });
});
