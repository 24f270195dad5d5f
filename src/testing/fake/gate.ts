import { type Cure, PROBLEMS, type Problem, type ProblemName, problem } from '../../protocol/problems.ts';

/** Decides whether the next push reaches the application. */
export class Gate {
  readonly #kind: string;
  readonly #refusals: Problem[] = [];

  constructor(kind: string) {
    this.#kind = kind;
  }

  /** @throws TypeError for a name that is none of the protocol's */
  refuseNext(name: ProblemName, times: number, detail: string, cure: Cure): void {
    if (!Object.hasOwn(PROBLEMS, name)) {
      throw new TypeError(`There is no problem "${name}". The problems are: ${Object.keys(PROBLEMS).join(', ')}.`);
    }
    for (let each = 0; each < times; each += 1) this.#refusals.push(problem(name, detail, cure));
  }

  /** Takes the refusal of one push. @param kind the kind that the push names; undefined: none */
  refusal(kind: string | undefined): Problem | undefined {
    if (kind !== undefined && kind !== this.#kind) {
      return problem('kind-conflict', `The application is of the kind ${this.#kind}, and not ${kind}.`);
    }
    return this.#refusals.shift();
  }
}
