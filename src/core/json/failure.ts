import { type Cure, type Problem, type ProblemName, problem } from '../../protocol/problems.ts';

/** The failure value of a parser. Its success value has another `kind`. */
export interface Failure {
  readonly kind: 'problem';
  readonly problem: Problem;
}

export const failure = (name: ProblemName, detail: string, cure: Cure = {}): Failure => ({
  kind: 'problem',
  problem: problem(name, detail, cure),
});
