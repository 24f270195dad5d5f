import type { Definition } from '../core/definition.ts';
import { rejectUnit } from '../core/drain/drain-slice.ts';
import { type QueuedChange, reduce, type Unit } from '../core/drain/reduce.ts';
import { checkJson } from '../core/json/check-json.ts';
import { ProblemError } from '../core/json/problem-error.ts';
import { listedClaims } from '../core/listed-claims.ts';
import { Tree } from '../core/state/tree.ts';
import type { Json } from '../protocol/json.ts';
import type { PatchOperation } from '../protocol/patch.ts';
import type { Problem } from '../protocol/problems.ts';
import { unknownChangeError } from './accept-change.ts';
import { observeDefinition } from './observe-definition.ts';
import type { AppliedOutcome, RejectedOutcome } from './outcome.ts';

/** The epoch of applications in memory. */
export const EPOCH = 'test';

/** Where an application in memory begins. */
export interface Start {
  /** Default: the initial state of the definition. The application changes it in place. */
  readonly state?: Json | undefined;
  /** The seq of the last change that the state contains. Default: 0. */
  readonly version?: number;
}

/** One application in memory: the state, and the core that the server runs too. It knows no queue and no clients. */
export class MemoryApplication {
  readonly definition: Definition;
  readonly #observed: Definition;
  readonly #tree: Tree;
  #version: number;
  /** What the schema or the reducer of the last change has thrown. */
  readonly #thrown: unknown[] = [];

  constructor(definition: Definition, { state, version = 0 }: Start = {}) {
    this.definition = definition;
    this.#observed = observeDefinition(definition, {
      onThrow: (error) => void this.#thrown.push(error),
    });
    this.#tree = new Tree(state === undefined ? definition.initial() : state);
    this.#version = version;
  }

  /** A copy of the state. */
  get state(): Json {
    return JSON.parse(this.text) as Json;
  }

  /** The JSON text of the state. */
  get text(): string {
    return JSON.stringify(this.#tree.root);
  }

  /** The seq of the last change. */
  get version(): number {
    return this.#version;
  }

  /** The first issue of the state with the definition's schema; undefined when it fits or there is no schema. */
  get issue(): string | undefined {
    return this.definition.checkState(this.#tree.root);
  }

  /** Applies a change, or rejects it and leaves the state as it was. */
  apply(change: QueuedChange): AppliedOutcome | RejectedOutcome {
    return this.applyUnit([change])[0] as AppliedOutcome | RejectedOutcome;
  }

  /** The same for a change or the changes of an atomic batch [Q7]: what all of them have done stands at the last one. */
  applyUnit(unit: Unit): readonly (AppliedOutcome | RejectedOutcome)[] {
    this.#thrown.length = 0;
    // The clock stands still while JavaScript runs, as on the platform [D4].
    const context = { definition: this.#observed, epoch: EPOCH, version: this.#version, clock: () => 0 };
    const seen = unit.map((each) => ({ ...each, claims: listedClaims(each.claims ?? {}, this.definition) }));
    const reduced = reduce(this.#tree, seen as readonly QueuedChange[] as Unit, context);
    this.#version += unit.length;
    if (reduced.kind === 'applied') {
      const patch = JSON.parse(`[${reduced.operations}]`) as PatchOperation[];
      return unit.map(({ name, seq }) => ({ status: 'applied', name, seq, patch: seq === this.#version ? patch : [] }));
    }
    return rejectUnit(unit, reduced.failedSeq, reduced.problem).map(({ change, problem }) => {
      const { name, seq } = change;
      const error = seq === reduced.failedSeq ? this.#errorOf(problem, name) : new ProblemError(problem);
      return { status: 'rejected', name, seq, problem, reason: problem.reason, error };
    });
  }

  #errorOf(problem: Problem, name: string): unknown {
    if (this.#thrown.length > 0) return this.#thrown[0];
    if (problem.name === 'unknown-change') return unknownChangeError(this.definition, name);
    return new ProblemError(problem);
  }
}

/**
 * A copy of a state to begin with.
 *
 * @throws TypeError when it is not JSON or does not fit the definition's schema
 */
export const checkedState = (definition: Definition, state: unknown): Json => {
  if (state === undefined) return definition.initial();
  const problem = checkJson(state);
  if (problem !== undefined)
    throw new TypeError(`${definition.name}: the given state does not work. ${problem.detail}`);
  const copy = JSON.parse(JSON.stringify(state)) as Json;
  const issue = definition.checkState(copy);
  if (issue === undefined) return copy;
  throw new TypeError(`${definition.name}: the given state does not fit the definition's schema. ${issue}`);
};
