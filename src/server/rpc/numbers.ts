import type { Summary } from '../../protocol/answers.ts';

// What applications count, and how it is summed for the operator [G]. Arrays, because they are stored with changes: a
// name is only ever added at the end of its list.

/** What the platform bills [C1]. */
export const USAGE_COUNTERS = ['requests', 'messages', 'alarms', 'rowsRead', 'rowsWritten', 'awakeMs'] as const;

/** Upper bounds of the buckets in which drains are counted, by number of changes and by ms. */
export const DRAIN_CHANGES_BOUNDS = [1, 10, 100, 1_000] as const;
export const DRAIN_MS_BOUNDS = [10, 50, 250, 1_000] as const;

/** What an application does. `drainChanges1` counts drains of one change at most, `drainMs10` those of 10 ms at most. */
export const OPERATION_COUNTERS = [
  'accepted',
  'applied',
  'rejected',
  'failed',
  'dead',
  'drains',
  'drainChanges',
  'drainMs',
  'drainChanges1',
  'drainChanges10',
  'drainChanges100',
  'drainChanges1000',
  'drainMs10',
  'drainMs50',
  'drainMs250',
  'drainMs1000',
  'reads200',
  'reads226',
  'reads304',
  'readsLongPoll',
  'events',
  'frames',
] as const;

/** All counters, in the order of `Numbers.counters`. They never decrease. */
export const COUNTERS = [...USAGE_COUNTERS, ...OPERATION_COUNTERS] as const;

/** What is so at the moment of a report, in the order of `Numbers.gauges`. `held`: applications that can apply nothing. */
export const GAUGES = [
  'queue',
  'streams',
  'sockets',
  'waiting',
  'storedBytes',
  'held',
  'applications',
  'owners',
] as const;

export type OperationCounter = (typeof OPERATION_COUNTERS)[number];
export type Counter = (typeof COUNTERS)[number];
export type Gauge = (typeof GAUGES)[number];

/** The numbers of an application, or the sums of several. */
export interface Numbers {
  readonly counters: readonly number[];
  readonly gauges: readonly number[];
  /** Time of acceptance of the oldest queued change, ms since 1970; null while none has been queued for LAG_REPORTED_MS. */
  readonly waitingSince: number | null;
}

/** A named member of a list; 0 where another version has not made it. */
export const counterOf = ({ counters }: Numbers, name: Counter): number => counters[COUNTERS.indexOf(name)] ?? 0;
export const gaugeOf = ({ gauges }: Numbers, name: Gauge): number => gauges[GAUGES.indexOf(name)] ?? 0;

/** In the order of `Numbers.gauges`. */
export const gaugesOf = (values: Readonly<Partial<Record<Gauge, number>>>): number[] =>
  GAUGES.map((name) => values[name] ?? 0);

export const NO_NUMBERS: Numbers = { counters: [], gauges: [], waitingSince: null };

/** Member by member; a list that another version has made may be shorter. */
const combined = (a: readonly number[], b: readonly number[], combine: (x: number, y: number) => number): number[] =>
  Array.from({ length: Math.max(a.length, b.length) }, (_, i) => combine(a[i] ?? 0, b[i] ?? 0));

const plus = (a: readonly number[], b: readonly number[]): number[] => combined(a, b, (x, y) => x + y);
const minus = (a: readonly number[], b: readonly number[]): number[] => combined(a, b, (x, y) => x - y);

/** The sum over an owner's applications, with the owner counted or not. */
export const withOwner = (sum: Numbers, owners: 0 | 1): Numbers => ({
  ...sum,
  gauges: plus(sum.gauges, gaugesOf({ owners })),
});

/** What is known after a report: counters never go back, as an instance that ends may forget its last reads. */
export const newest = (known: Numbers, reported: Numbers): Numbers => ({
  ...reported,
  counters: combined(known.counters, reported.counters, Math.max),
});

/** The sum, once a part of it has become another. `waitingSince` is no sum: it is left as it was. */
export const withChanged = (sum: Numbers, from: Numbers, to: Numbers): Numbers => ({
  counters: plus(sum.counters, minus(to.counters, from.counters)),
  gauges: plus(sum.gauges, minus(to.gauges, from.gauges)),
  waitingSince: sum.waitingSince,
});

/** A line of an owner's list as an application tells it; an older one tells no numbers. */
export interface NumberedSummary extends Summary {
  readonly numbers?: Numbers;
  /** Of an undeleted application, in its first news: the counters that it had when it was deleted. They are counted already. */
  readonly counted?: readonly number[];
}
