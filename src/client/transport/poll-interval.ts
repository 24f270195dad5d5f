import type { Visibility } from '../platform/environment.ts';

/** The delay between polls, in intervals, from a number of polls in a row on that have brought nothing new. */
const STEPS: readonly (readonly [idlePolls: number, intervals: number])[] = [
  [0, 1], // 250 ms for 10 s
  [40, 2], // 500 ms for 10 s
  [60, 4], // 1 s for 20 s
  [80, 8], // 2 s for 40 s
  [100, 20], // 5 s from then on
];

/** A hidden page polls once in so many ms: often enough that the server's history still reaches back to its state. */
const HIDDEN_MS = 30_000;

/**
 * Milliseconds until the next poll.
 *
 * @param idlePolls the number of polls in a row that have brought nothing new; a push of one's own resets it
 * @param intervalMs the delay at full speed
 */
export const pollDelay = (idlePolls: number, visibility: Visibility, intervalMs: number): number => {
  if (visibility === 'hidden') return Math.max(HIDDEN_MS, intervalMs);
  const step = STEPS.findLast(([from]) => idlePolls >= from);
  return intervalMs * (step?.[1] ?? 1);
};
