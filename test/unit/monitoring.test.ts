import { readFileSync } from 'node:fs';
import { parser } from '@prometheus-io/lezer-promql';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { metricsText } from '../../src/server/http/metrics/metrics.ts';
import { NO_NUMBERS } from '../../src/server/rpc/numbers.ts';
import { scrape } from '../support/exposition.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: Readonly<Record<string, string>>;
}

const samples = scrape(metricsText({ total: NO_NUMBERS, owners: [], others: NO_NUMBERS }, 0)).flatMap(
  (family) => family.samples,
);
const names = new Set(samples.map(({ name }) => name));
/** The values of a label; undefined where the metric has no such label. */
const valuesOf = (metric: string, label: string): string[] | undefined => {
  const values = samples.filter(({ name }) => name === metric).flatMap(({ labels }) => labels[label] ?? []);
  return values.length === 0 ? undefined : values;
};

const read = (name: string): string => readFileSync(`examples/monitoring/${name}`, 'utf8');
const rules = (parse(read('alerts.yml')) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(read('dashboard.json')) as { panels: { title: string; targets: { expr: string }[] }[] };
const panelQueries = dashboard.panels.flatMap(({ title, targets }) =>
  targets.map(({ expr }): [string, string] => [title, expr]),
);
const queries = [...rules.map(({ alert, expr }): [string, string] => [alert, expr]), ...panelQueries];

/** The texts of all nodes of a kind, each with the metric of the selector that it stands in. */
const nodesOf = (query: string, kinds: readonly string[]): string[] => {
  const found: string[] = [];
  parser
    .parse(query)
    .iterate({ enter: ({ name, from, to }) => void (kinds.includes(name) && found.push(query.slice(from, to))) });
  return found;
};

/** What is wrong with a query: its syntax, or a metric or label that /metrics does not have. */
const faultsOf = (query: string): string[] => {
  const faults: string[] = [];
  parser.parse(query).iterate({ enter: ({ type, from }) => void (type.isError && faults.push(`syntax at ${from}`)) });
  const selectors = nodesOf(query, ['VectorSelector']);
  for (const selector of selectors) {
    const [metric = ''] = nodesOf(selector, ['Identifier', 'MetricIdentifier']);
    if (!names.has(metric)) faults.push(`no metric ${metric}`);
    for (const [, label = '', operator = '', value = ''] of selector.matchAll(/([a-z_]+)(=~|=)"([^"]*)"/g)) {
      const known = valuesOf(metric, label) ?? [];
      const wanted = operator === '=~' ? value.split('|') : [value];
      for (const each of wanted) if (!known.includes(each)) faults.push(`no ${label}="${each}" of ${metric}`);
    }
    for (const label of nodesOf(query, ['GroupingLabels']).flatMap((list) => list.match(/[a-z_]+/g) ?? []))
      if (valuesOf(metric, label) === undefined) faults.push(`no label ${label} of ${metric}`);
  }
  return selectors.length === 0 ? [...faults, 'no metric'] : faults;
};

describe('the monitoring files', () => {
  it.each(queries)('[G1] the query of "%s" parses and names what /metrics has: %s', (_, query) => {
    expect(faultsOf(query)).toEqual([]);
  });

  it('[G1] a wrong query is found', () => {
    expect(faultsOf('sum(rate(changebucket_changes_accepted_total[5m])')).not.toEqual([]);
    expect(faultsOf('changebucket_nothing')).toEqual(['no metric changebucket_nothing']);
    expect(faultsOf('sum by (owner) (changebucket_lag_seconds)')).toEqual([
      'no label owner of changebucket_lag_seconds',
    ]);
    expect(faultsOf('changebucket_reads_total{answer="201"}')).toEqual(['no answer="201" of changebucket_reads_total']);
  });

  it('three rules say what to do, and the dashboard shows each family that is not one of the platform', () => {
    expect(rules.map(({ alert }) => alert)).toEqual(['ChangebucketFailures', 'ChangebucketLag', 'ChangebucketCost']);
    for (const { annotations } of rules) expect(Object.keys(annotations)).toEqual(['summary', 'description']);
    const shown = panelQueries.map(([, query]) => query).join(' ');
    for (const name of [
      'changes_accepted',
      'changes_settled',
      'lag_seconds',
      'queue_changes',
      'drain_seconds',
      'reads_total',
      'readers',
      'rows_total',
      'cost_dollars',
    ])
      expect(shown).toContain(`changebucket_${name}`);
  });
});
