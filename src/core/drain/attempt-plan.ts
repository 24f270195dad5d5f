import { ATTEMPTS_MAX, DRAIN_SLICE_CHANGES } from '../../protocol/limits.ts';

/**
 * How carefully changes are applied that an earlier life of the object has left in the queue: one of them may have
 * ended it [D5]. An attempt is counted before it is made. At level 1 it holds a whole slice; each level holds an eighth
 * of the one before, down to a single change, which is tried ATTEMPTS_MAX times. So a full queue costs a few counted
 * attempts when nothing is wrong, and a change that kills the object is found within LEVEL_MAX lives.
 */
export interface Caution {
  readonly level: number;
  /** First seq behind the changes of the attempt that did not end: from here on level 1 is enough. */
  readonly until: number;
}

export const NO_CAUTION: Caution = { level: 1, until: 0 };

/** The counted attempt that a life before has left in the database. */
export interface CountedAttempt {
  /** Seq of its first change; 0 when none was ever counted. */
  readonly attemptSeq: number;
  /** Its level. */
  readonly attempts: number;
}

/** @param next seq of the change to be applied next: an attempt that began there did not end */
export const cautionAfter = ({ attemptSeq, attempts }: CountedAttempt, next: number): Caution =>
  attemptSeq === next ? { level: attempts + 1, until: next + sizeOf(attempts) } : NO_CAUTION;

export type AttemptPlan =
  | { readonly kind: 'attempt'; readonly level: number; readonly changes: number }
  /** The change has ended every life that tried it alone. */
  | { readonly kind: 'dead-letter' };

/** @param suspects number of changes, from the next one on, that an earlier life has left */
export const planAttempt = (caution: Caution, next: number, suspects: number): AttemptPlan => {
  let level = next < caution.until ? caution.level : 1;
  if (level > LEVEL_MAX) return { kind: 'dead-letter' };
  // A smaller slice than the level allows is what a later level would try: the change alone counts as alone.
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

/** The last level: the single change's last attempt. */
export const LEVEL_MAX = levelOfSingle() + ATTEMPTS_MAX - 1;
