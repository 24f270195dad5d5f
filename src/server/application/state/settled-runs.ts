import type { SettledRun } from '../../../core/drain/sequence.ts';
import { SETTLED_RUNS_MAX } from '../../../protocol/limits.ts';
import { PROBLEMS, type ProblemName, problem, problemBody } from '../../../protocol/problems.ts';
import type { Outcome } from '../../../protocol/receipt.ts';

/** The outcome of an applied change; that of a rejected one is the name of its problem. */
const APPLIED = 0;

/** A change whose turn has come. */
export interface SettledChange {
  readonly n: number;
  readonly seq: number;
  /** The name of its problem; undefined: it was applied. */
  readonly rejected: string | undefined;
}

/** Adds an outcome, in place: this runs for every change. The oldest run goes when there are too many [O5]. */
export const addSettled = (runs: SettledRun[], { n, seq, rejected }: SettledChange): void => {
  const outcome = rejected ?? APPLIED;
  const last = runs.at(-1);
  if (last !== undefined && last.n + last.count === n && last.seq + last.count === seq && last.outcome === outcome) {
    last.count += 1;
    return;
  }
  runs.push({ n, seq, count: 1, outcome });
  if (runs.length > SETTLED_RUNS_MAX) runs.shift();
};

/** Notes that a retry of a rejected change was applied, so that its ticket never says anything else [O4]. */
export const addRetried = (runs: SettledRun[], rejectedSeq: number, version: number): void => {
  const index = runs.findIndex(({ seq, count }) => seq <= rejectedSeq && rejectedSeq < seq + count);
  const run = runs[index];
  if (run === undefined) return;
  const steps = rejectedSeq - run.seq;
  const parts = [
    { ...run, count: steps },
    { n: run.n + steps, seq: rejectedSeq, count: 1, outcome: version },
    { ...run, n: run.n + steps + 1, seq: rejectedSeq + 1, count: run.count - steps - 1 },
  ];
  runs.splice(index, 1, ...parts.filter(({ count }) => count > 0));
  while (runs.length > SETTLED_RUNS_MAX) runs.shift();
};

/** The outcome of a change, as far as it is still known, and its seq. */
export const settledOutcome = (
  runs: readonly SettledRun[],
  n: number,
): { readonly seq: number; readonly outcome: Outcome } | undefined => {
  const run = runs.find((each) => each.n <= n && n < each.n + each.count);
  if (run === undefined) return undefined;
  const seq = run.seq + n - run.n;
  return { seq, outcome: outcomeOf(run.outcome, seq) };
};

const outcomeOf = (outcome: SettledRun['outcome'], seq: number): Outcome => {
  if (typeof outcome === 'number') return { status: 'applied', version: outcome === APPLIED ? seq : outcome };
  const name = isProblemName(outcome) ? outcome : 'change-failed';
  const reason = problem(name, 'The details of this problem are no longer kept.', { seq });
  return { status: name === 'dead-letter' ? 'dead' : 'rejected', problem: problemBody(reason) };
};

const isProblemName = (name: string): name is ProblemName => Object.hasOwn(PROBLEMS, name);
