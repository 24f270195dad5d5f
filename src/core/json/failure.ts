import { type Cure, type Problem, type ProblemName, problem } from '../../protocol/problems.ts';

/** The bad half of what a parser answers. The good half has a `kind` of its own. */
export interface Failure {
  readonly kind: 'problem';
  readonly problem: Problem;
}

export const failure = (name: ProblemName, detail: string, cure: Cure = {}): Failure => ({
  kind: 'problem',
  problem: problem(name, detail, cure),
});
