/** Why a change was rejected: a rule meant it, or something failed [O6]. */
export const REJECTION_CAUSES = ['rule', 'failure'] as const;
export type RejectionCause = (typeof REJECTION_CAUSES)[number];

/** Problems that no rule of a kind means: code that throws or makes what is no JSON, and changes that were given up. */
const FAILURES = ['change-failed', 'not-json', 'number-range', 'dead-letter', 'migration-failed'];

/** @param problem the name of a problem, or its type, which ends with the name */
export const rejectionCause = (problem: string): RejectionCause =>
  FAILURES.includes(problem.slice(problem.lastIndexOf(':') + 1)) ? 'failure' : 'rule';
