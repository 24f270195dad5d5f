import { ATTEMPTS_MAX, DRAIN_SLICE_CHANGES } from '../../protocol/limits.ts';

/**
 * The caution with which changes are applied that the previous instance left in the queue: one may have ended it [D5].
 * Each attempt is counted before it is made. At level 1 it holds a whole slice; each further level holds an eighth of the
 * one before, down to a single change, which is tried ATTEMPTS_MAX times. So a full queue costs only a few counted
 * attempts when nothing is wrong, and a change that kills the object is found within LEVEL_MAX instances.
 */
export interface Caution {
  readonly level: number;
  /** First seq after the changes of the attempt that did not finish: from here on level 1 is enough. */
  readonly until: number;
}

const NO_CAUTION: Caution = { level: 1, until: 0 };

/** The last counted attempt in the database. */
export interface CountedAttempt {
  /** Seq of its first change; 0 when none was ever counted. */
  readonly attemptSeq: number;
  /** Its level. */
  readonly attempts: number;
}

/** @param next seq of the change to be applied next: an attempt that began there did not finish */
export const cautionAfter = ({ attemptSeq, attempts }: CountedAttempt, next: number): Caution =>
  attemptSeq === next ? { level: attempts + 1, until: next + sizeOf(attempts) } : NO_CAUTION;

export type AttemptPlan =
  | { readonly kind: 'attempt'; readonly level: number; readonly changes: number }
  /** No attempt to apply this change alone has finished. */
  | { readonly kind: 'dead-letter' };

/** @param suspects number of changes, from the next one on, that the previous instance left in the queue */
export const planAttempt = (caution: Caution, next: number, suspects: number): AttemptPlan => {
  let level = next < caution.until ? caution.level : 1;
  if (level > LEVEL_MAX) return { kind: 'dead-letter' };
  // With fewer suspects than the level holds, it counts as the level of that size: a change alone counts as alone.
  while (sizeOf(level) > suspects && sizeOf(level) > 1) level += 1;
  return { kind: 'attempt', level, changes: sizeOf(level) };
};

const NARROWING = 8;

const sizeOf = (level: number): number => Math.max(1, Math.floor(DRAIN_SLICE_CHANGES / NARROWING ** (level - 1)));

const levelOfSingle = (): number => {
  let level = 1;
  while (sizeOf(level) > 1) level += 1;
  return level;
};

/** The last level: the last attempt with a single change. */
const LEVEL_MAX = levelOfSingle() + ATTEMPTS_MAX - 1;
