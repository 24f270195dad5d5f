import type { Fact } from './facts.ts';
import type { Run } from './load.ts';
import type { Figure } from './workload.ts';

/** One figure of a workload, in all rounds. */
export interface Result {
  readonly name: string;
  readonly against: string;
  readonly target: number | undefined;
  readonly figure: Figure;
  readonly ours: readonly Run[];
  readonly other: readonly Run[];
}

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

const spreadOf = (numbers: readonly number[]): Spread => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const [least = 0, most = 0] = [sorted[0], sorted.at(-1)];
  const [low = 0, high = 0] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  return { median: (low + high) / 2, least, most };
};

/** Of all rounds. */
export const medianOf = (runs: readonly Run[], figure: Figure): number =>
  spreadOf(runs.map((run) => run[figure] ?? 0)).median;

/** What a line of the report is called. */
export const titleOf = ({ name, figure }: Result): string => (figure === 'rate' ? name : `${name}, ${figure}`);

/** Ours over theirs, round by round: both of a round ran one after the other on the same machine. */
export const ratiosOf = ({ figure, ours, other }: Result): Spread =>
  spreadOf(
    ours.map((run, round) => {
      const against = other[round];
      if (against === undefined) return Number.NaN;
      return figure === 'rate' ? run.rate / against.rate : (against[figure] ?? 0) / (run[figure] ?? 1);
    }),
  );

const UNITS: Readonly<Record<Figure, (value: number) => string>> = {
  rate: (value) => `${Math.round(value).toLocaleString('en')}/s`,
  p50: (value) => `${value.toFixed(2)} ms`,
  p99: (value) => `${value.toFixed(2)} ms`,
  bytes: (value) => `${Math.round(value)} B`,
};

/** Above this the load generator has no core left to ask for more. */
const GENERATOR_MAX = 0.95;

/** The table that goes into docs/speed.md. */
export const markdown = (results: readonly Result[], facts: readonly Fact[]): string => {
  const rows = results.map((result) => {
    const { figure, ours, other } = result;
    const printed = (runs: readonly Run[]): string => UNITS[figure](medianOf(runs, figure));
    const { median, least, most } = ratiosOf(result);
    const cpu = spreadOf(ours.map((run) => run.cpu)).median;
    const isBusy = [...ours, ...other].some(({ generator }) => generator > GENERATOR_MAX);
    const target = result.target === undefined ? '' : `${result.target}`;
    return [
      ...[titleOf(result) + (isBusy ? ' *' : ''), printed(ours), printed(other), result.against],
      ...[`**${median.toFixed(2)}** (${least.toFixed(2)}–${most.toFixed(2)})`, target, `${cpu.toFixed(0)} µs`],
    ];
  });
  const head = ['workload', 'ours', 'against', 'which is', 'ratio', 'target', 'CPU each'];
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  const told = facts.map(({ name, value }) => `- ${name}: ${value}`);
  return `${[...lines, '', ...told].join('\n')}\n\n\\* the load generator used a whole core: the server may do more.\n`;
};
