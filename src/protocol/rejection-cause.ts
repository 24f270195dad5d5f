import { type ProblemName, problemType } from './problems.ts';

/** Why a change was rejected: a rule meant it, or something failed [O6]. */
export const REJECTION_CAUSES = ['rule', 'failure'] as const;
export type RejectionCause = (typeof REJECTION_CAUSES)[number];

/** Problems that no rule of a kind means: code that throws or makes what is no JSON, and changes that were given up. */
const FAILURES: readonly ProblemName[] = [
  'change-failed',
  'not-json',
  'number-range',
  'dead-letter',
  'migration-failed',
];

/** The types of these problems. */
export const FAILURE_TYPES: readonly string[] = FAILURES.map(problemType);

/** @param type the type of a problem */
export const rejectionCause = (type: string): RejectionCause => (FAILURE_TYPES.includes(type) ? 'failure' : 'rule');
