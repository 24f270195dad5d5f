/** One number of a family, by its labels. */
export interface Sample {
  /** Behind the family's name: `_sum`, `_bucket` ... */
  readonly suffix?: '_sum' | '_count' | '_bucket';
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Samples of one meaning. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly samples: readonly Sample[];
}

/** The text exposition format 0.0.4 of Prometheus, which every scraper of it reads. */
export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Prints families in that format. */
export const exposition = (families: readonly Family[]): string => families.map(printFamily).join('');

const printFamily = ({ name, help, type, samples }: Family): string => {
  const lines = samples.map(({ suffix = '', labels, value }) => `${name}${suffix}${printLabels(labels)} ${value}\n`);
  return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n${lines.join('')}`;
};

const printLabels = (labels: Readonly<Record<string, string>>): string => {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeValue(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
};

const escapeHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');

const escapeValue = (text: string): string => escapeHelp(text).replaceAll('"', '\\"');
