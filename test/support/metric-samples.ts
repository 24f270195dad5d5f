import type { MetricSample } from '../../src/api/metrics.ts';

const sorted = (labels: Readonly<Record<string, string>>): string => JSON.stringify(Object.entries(labels).sort());

/** The value of a series; undefined without it. */
export const valueIn = (
  samples: readonly MetricSample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined =>
  samples.find((sample) => sample.name === name && sorted(sample.labels) === sorted(labels))?.value;
