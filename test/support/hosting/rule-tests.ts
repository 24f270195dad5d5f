import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseMetrics } from '../../../src/api/metrics.ts';
import { metricsText } from '../../../src/server/http/metrics/metrics.ts';
import {
  COUNTERS,
  type Counter,
  type Gauge,
  gaugesOf,
  NO_NUMBERS,
  type Numbers,
} from '../../../src/server/rpc/numbers.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { ALERTS, promtool } from './prometheus.ts';

/** What an owner's applications have told by some minute; undefined: nothing was scraped then. */
export type Told = (minute: number) =>
  | {
      readonly counters?: Partial<Record<Counter, number>>;
      readonly gauges?: Partial<Record<Gauge, number>>;
      readonly waitingSinceMinute?: number;
    }
  | undefined;

const MINUTE_MS = 60_000;
const MINUTES = 60;
/** An owner whose name needs every escape. */
export const OWNER = 'a"\\nn|5 é';

/** What promtool is told: series of an hour, scraped once a minute from what /metrics prints. */
const seriesOf = (instance: string, told: Told): readonly { readonly series: string; readonly values: string }[] => {
  const series = new Map<string, string[]>();
  const put = (name: string, labels: Readonly<Record<string, string>>, minute: number, value: string): void => {
    const pairs = Object.entries({ ...labels, job: 'changebucket', instance });
    const key = `${name}{${pairs.map(([label, text]) => `${label}=${JSON.stringify(text)}`).join()}}`;
    if (!series.has(key)) series.set(key, []);
    const values = series.get(key) as string[];
    // As Prometheus marks what a failed scrape has not brought.
    while (values.length < minute) values.push('stale');
    values.push(value);
  };
  for (let minute = 0; minute <= MINUTES; minute += 1) {
    const now = told(minute);
    put('up', {}, minute, now === undefined ? '0' : '1');
    for (const { name, labels, value } of now === undefined ? [] : scraped(now, minute))
      put(name, labels, minute, String(value));
  }
  return [...series].map(([key, values]) => ({ series: key, values: values.join(' ') }));
};

const scraped = (
  { counters = {}, gauges = {}, waitingSinceMinute }: NonNullable<ReturnType<Told>>,
  minute: number,
): ReturnType<typeof parseMetrics> => {
  const numbers: Numbers = {
    counters: COUNTERS.map((name) => counters[name] ?? 0),
    gauges: gaugesOf(gauges),
    waitingSince: waitingSinceMinute === undefined ? null : waitingSinceMinute * MINUTE_MS,
  };
  const registry = { total: numbers, owners: [{ owner: OWNER, numbers }], others: NO_NUMBERS };
  return parseMetrics(metricsText(registry, minute * MINUTE_MS));
};

export interface ExpectedAlert {
  readonly exp_labels: Readonly<Record<string, string>>;
  readonly exp_annotations: Readonly<Record<string, string>>;
}

export interface AlertTest {
  readonly eval_time: string;
  readonly alertname: string;
  readonly exp_alerts: readonly ExpectedAlert[];
}

/** A test as promtool reads it. */
interface RuleTest {
  readonly alert_rule_test?: readonly AlertTest[];
  readonly promql_expr_test?: readonly {
    readonly expr: string;
    readonly eval_time: string;
    readonly exp_samples: readonly { readonly labels: string; readonly value: number }[];
  }[];
}

/** Lets promtool evaluate rules and expressions over what deployments have told. @throws Error with its differences */
export const testRules = (deployments: Readonly<Record<string, Told>>, test: RuleTest): void => {
  const input = Object.entries(deployments).flatMap(([instance, told]) => seriesOf(instance, told));
  const file = {
    rule_files: [ALERTS],
    evaluation_interval: '1m',
    tests: [{ interval: '1m', input_series: input, ...test }],
  };
  const path = join(temporaryFolder(), 'test.json');
  writeFileSync(path, JSON.stringify(file));
  promtool(['test', 'rules', path]);
};
