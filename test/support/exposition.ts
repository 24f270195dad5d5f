/** A sample as a scraper reads it. */
export interface ScrapedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ScrapedFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly ScrapedSample[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const HELP_LINE = /^# HELP (\S+) (.+)$/;
const TYPE_LINE = /^# TYPE (\S+) (counter|gauge|histogram)$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/gy;
const ESCAPES: Readonly<Record<string, string>> = { '\\n': '\n', '\\"': '"', '\\\\': '\\' };

const fail = (why: string): never => {
  throw new Error(`not the text format 0.0.4: ${why}`);
};

const labelsIn = (text: string): Record<string, string> => {
  const labels: Record<string, string> = {};
  let end = 0;
  for (const match of text.matchAll(LABEL)) {
    const [whole, name = '', value = ''] = match;
    if (name in labels || name.startsWith('__')) fail(`the label ${name} in ${text}`);
    labels[name] = value.replace(/\\["\\n]/g, (escaped) => ESCAPES[escaped] ?? '');
    end = match.index + whole.length;
  }
  if (end !== text.length) fail(`labels ${text}`);
  return labels;
};

const numberIn = (text: string): number => {
  if (!/^(?:[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?|[+-]Inf|NaN)$/.test(text)) fail(`the value ${text}`);
  return Number(text.replace('Inf', 'Infinity'));
};

/** Cumulative buckets, the last one with the bound +Inf, which equals the count. */
const checkHistogram = ({ name, samples }: ScrapedFamily): void => {
  const series = Map.groupBy(samples, ({ labels: { le: _, ...others } }) => JSON.stringify(others));
  for (const group of series.values()) {
    const buckets = group.filter((sample) => sample.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels }) => numberIn((labels.le ?? '').replace(/^\+?Inf$/, '+Inf')));
    const counts = buckets.map(({ value }) => value);
    const isSorted = (values: readonly number[]) =>
      values.every((value, i) => i === 0 || value >= (values[i - 1] ?? 0));
    if (!isSorted(bounds) || !isSorted(counts) || bounds.at(-1) !== Number.POSITIVE_INFINITY)
      fail(`buckets of ${name}`);
    if (group.find((sample) => sample.name === `${name}_count`)?.value !== counts.at(-1)) fail(`the count of ${name}`);
    if (group.filter((sample) => sample.name === `${name}_sum`).length !== 1) fail(`the sum of ${name}`);
  }
};

const checkFamily = (family: ScrapedFamily): void => {
  const { name, type, samples } = family;
  const suffixes = type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
  if (!NAME.test(name)) fail(`the name ${name}`);
  if ((type === 'counter') !== name.endsWith('_total')) fail(`${name} is a ${type}`);
  for (const sample of samples)
    if (!suffixes.some((suffix) => sample.name === name + suffix)) fail(`${sample.name} in ${name}`);
  const keys = samples.map((sample) => JSON.stringify([sample.name, Object.entries(sample.labels).sort()]));
  if (new Set(keys).size !== keys.length) fail(`a series of ${name} stands there twice`);
  if (type === 'counter' && samples.some(({ value }) => !(value >= 0))) fail(`${name} is below zero`);
  if (type === 'histogram') checkHistogram(family);
};

/** Reads the text format as strictly as promtool checks it: each family once, with help, type and samples in this order. */
export const scrape = (text: string): ScrapedFamily[] => {
  if (!text.endsWith('\n')) fail('the last line has no end');
  const families: (Omit<ScrapedFamily, 'samples'> & { samples: ScrapedSample[] })[] = [];
  const lines = text.slice(0, -1).split('\n');
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i] ?? '';
    const help = HELP_LINE.exec(line);
    if (help !== null) {
      const type = TYPE_LINE.exec(lines[i + 1] ?? '');
      if (type === null || type[1] !== help[1]) fail(`no type behind ${line}`);
      families.push({ name: help[1] ?? '', help: help[2] ?? '', type: type?.[2] ?? '', samples: [] });
      i += 1;
      continue;
    }
    const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? fail(line);
    const family = families.at(-1) ?? fail(`no family before ${line}`);
    family.samples.push({ name, labels: labelsIn(labels), value: numberIn(value) });
  }
  if (new Set(families.map(({ name }) => name)).size !== families.length) fail('a family stands there twice');
  families.forEach(checkFamily);
  return families;
};

/** The value of a series; undefined without it. */
export const valueIn = (
  families: readonly ScrapedFamily[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined => {
  const wanted = JSON.stringify(Object.entries(labels).sort());
  return families
    .flatMap(({ samples }) => samples)
    .find((sample) => sample.name === name && JSON.stringify(Object.entries(sample.labels).sort()) === wanted)?.value;
};
