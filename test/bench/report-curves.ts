import { medianOf, type Result } from './report.ts';
import type { Figure } from './workload.ts';

const WIDTH = 420;
const HEIGHT = 200;
const MARGIN = 46;
/** A family of workloads is one name with another number in it. */
const NUMBER = /\b\d[\d,]*(?= (?:readers|connections|sockets)\b)|\b\d+ [kM]B(?= of state)/;
const BYTES: Readonly<Record<string, number>> = { kB: 1e3, MB: 1e6 };

const UNITS: Readonly<Record<Figure, string>> = {
  rate: ', a second',
  p50: ', p50 in ms',
  p99: ', p99 in ms',
  bytes: ', bytes',
};

interface Point {
  readonly size: number;
  /** As the name has it. */
  readonly label: string;
  readonly ours: number;
  readonly other: number;
}

interface Family {
  readonly name: string;
  readonly against: string;
  readonly figure: Figure;
  readonly points: Point[];
}

/** Workloads that differ in nothing but how many there are, or how large. */
const familiesOf = (results: readonly Result[]): Family[] => {
  const families = new Map<string, Family>();
  for (const { name, against, figure, ours, other } of results) {
    const label = NUMBER.exec(name)?.[0];
    if (label === undefined) continue;
    const [number = '', unit = ''] = label.replaceAll(',', '').split(' ');
    const size = Number(number) * (BYTES[unit] ?? 1);
    const title = name.replace(NUMBER, 'N');
    const family = families.get(title + against + figure) ?? { name: title, against, figure, points: [] };
    family.points.push({ size, label, ours: medianOf(ours, figure), other: medianOf(other, figure) });
    families.set(title + against + figure, family);
  }
  return [...families.values()].filter(({ points }) => points.length > 2);
};

/** From least to most of some numbers to a stretch of the page, by powers of ten. */
const scale = (numbers: readonly number[], from: number, to: number): ((value: number) => number) => {
  const logs = numbers.map((each) => Math.log10(Math.max(each, 1e-3)));
  const [least, most] = [Math.min(...logs), Math.max(...logs)];
  return (value) => from + ((Math.log10(Math.max(value, 1e-3)) - least) / Math.max(most - least, 1e-9)) * (to - from);
};

const curve = (points: readonly (readonly [number, number])[], color: string): string =>
  `<polyline fill="none" stroke="${color}" stroke-width="2" points="${points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ')}"/>
${points.map(([x, y]) => `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="3" fill="${color}"/>`).join('')}`;

const label = (x: number, y: number, text: string): string => `<text x="${x}" y="${y}" font-size="11">${text}</text>`;

const short = (value: number): string => {
  if (value >= 1_000) return `${(value / 1_000).toFixed(1)}k`;
  return value < 100 ? value.toPrecision(2) : value.toFixed(0);
};

const plot = ({ name, against, figure, points }: Family): string => {
  const sorted = points.toSorted((a, b) => a.size - b.size);
  const values = sorted.flatMap(({ ours, other }) => [ours, other]);
  const x = scale(
    sorted.map(({ size }) => size),
    MARGIN,
    WIDTH - 20,
  );
  const y = scale(values, HEIGHT - 30, 16);
  const ours = sorted.map((point) => [x(point.size), y(point.ours)] as const);
  const other = sorted.map((point) => [x(point.size), y(point.other)] as const);
  const ticks = sorted.map((point) => label(x(point.size) - 8, HEIGHT - 10, point.label));
  return `<figure><figcaption>${name}${UNITS[figure]}<br><small>green: ours; grey: ${against}</small></figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" role="img" aria-label="${name}">
${curve(other, '#888')}${curve(ours, '#2a7d4f')}${ticks.join('')}
${label(2, 20, short(Math.max(...values)))}${label(2, HEIGHT - 30, short(Math.min(...values)))}</svg></figure>`;
};

/** How figures grow with connections, readers, sockets and bytes of state; both axes by powers of ten. */
export const curves = (results: readonly Result[]): string => familiesOf(results).map(plot).join('\n');
