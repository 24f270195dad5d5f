import { USAGE_COUNTERS } from '../../rpc/numbers.ts';

/**
 * Totals, used budget and operations as they are stored in the log, in rows that are written anyway. Reads after the last change of
 * an instance are forgotten when the instance ends: to store them, every read would have to write a row.
 */
export type UsageSnapshot = readonly number[];

const BUDGET_START = USAGE_COUNTERS.length;
/** Members of a snapshot before those of the operations: totals, and two budgets with period and use. */
export const BUDGET_END = BUDGET_START + 4;

/** The counters of a snapshot, in the order of `COUNTERS`. */
export const countersIn = (snapshot: UsageSnapshot): number[] => [
  ...snapshot.slice(0, BUDGET_START),
  ...snapshot.slice(BUDGET_END),
];

/** The snapshot with the budgets of another one. */
export const withBudgetOf = (snapshot: UsageSnapshot, other: UsageSnapshot): UsageSnapshot => [
  ...snapshot.slice(0, BUDGET_START),
  ...other.slice(BUDGET_START, BUDGET_END),
  ...snapshot.slice(BUDGET_END),
];
