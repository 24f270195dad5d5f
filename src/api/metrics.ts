/** A number of `/metrics`. */
export interface MetricSample {
  /** Such as `changebucket_applications`; of a histogram with `_bucket`, `_sum` or `_count` behind it. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** NaN and both infinities are numbers here, too. */
  readonly value: number;
}

const SAMPLE = /^([^#\s{]+)(?:\{(.*)\})? (\S+)$/gm;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/**
 * The numbers in a text of `api.metrics()`, in its order: the format of Prometheus, 0.0.4. Comments are left out.
 *
 * @example
 * const samples = parseMetrics(await api.metrics());
 * const total = samples.filter(({ name }) => name === 'changebucket_applications');
 */
export const parseMetrics = (text: string): readonly MetricSample[] =>
  [...text.matchAll(SAMPLE)].map(([, name = '', labels = '', value = '']) => ({
    name,
    labels: Object.fromEntries([...labels.matchAll(LABEL)].map(([, key, quoted = '']) => [key, unescaped(quoted)])),
    value: Number(value.replace('Inf', 'Infinity')),
  }));

const unescaped = (text: string): string =>
  text.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
