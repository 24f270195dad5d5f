import type { Visibility } from '../platform/environment.ts';

/** How fast a poller asks: from the first column's number of polls without news on, this many intervals apart. */
const STEPS: readonly (readonly [idlePolls: number, intervals: number])[] = [
  [0, 1], // 250 ms for 10 s
  [40, 2], // 500 ms for 10 s
  [60, 4], // 1 s for 20 s
  [80, 8], // 2 s for 40 s
  [100, 20], // 5 s from then on
];

/** Nobody looks at a hidden page; one poll in this many ms keeps it from falling out of the history. */
const HIDDEN_MS = 30_000;

/**
 * Milliseconds until the next poll.
 *
 * @param idlePolls how many polls in a row brought nothing new; a local push counts as news
 * @param intervalMs the interval at full speed
 */
export const pollDelay = (idlePolls: number, visibility: Visibility, intervalMs: number): number => {
  if (visibility === 'hidden') return Math.max(HIDDEN_MS, intervalMs);
  const step = STEPS.findLast(([from]) => idlePolls >= from);
  return intervalMs * (step?.[1] ?? 1);
};
