import { firstDifference, valueAt } from './first-difference.ts';
import type { AppliedOutcome, RejectedOutcome } from './outcome.ts';

/** Why a change is impure. */
export type ImpurityCause =
  /** It reads the clock or random numbers of the platform. */
  | 'clock-or-chance'
  /** Run again with the same state, args and context it does something else: it depends on something outside. */
  | 'outside-state'
  /** It changes its args. */
  | 'changed-args';

/** One change that does not depend on state, args and context alone. */
export interface Impurity {
  /** The place of the change in the list, from 0. */
  readonly index: number;
  /** The name of the change. */
  readonly name: string;
  readonly cause: ImpurityCause;
  /** What it has read of clock and chance: `Math.random()`, `Date.now()`, `new Date()`, `crypto.randomUUID()` ... */
  readonly reads: readonly string[];
  /**
   * The JSON Pointer of the first difference: between the two states after it, or between its args before and after it.
   * Undefined when nothing in the state differs.
   */
  readonly pointer: string | undefined;
  /** All of it in a sentence, with the cure. */
  readonly message: string;
}

/** One run of one change, and what was seen of it. */
export interface Trial {
  readonly outcome: AppliedOutcome | RejectedOutcome;
  /** The state after it. */
  readonly state: unknown;
  /** What it has read of clock and chance. */
  readonly reads: ReadonlySet<string>;
  /** The JSON Pointer of the first of its args that it has changed. */
  readonly changedArgs: string | undefined;
}

/** What two runs of the same change, over the same state, say of it. */
export const impuritiesOf = (
  change: { readonly index: number; readonly name: string },
  first: Trial,
  second: Trial,
): Impurity[] => {
  const reads = [...new Set([...first.reads, ...second.reads])];
  const pointer = firstDifference(first.state, second.state);
  const isDifferent = pointer !== undefined || resultOf(first) !== resultOf(second);
  const changedArgs = first.changedArgs ?? second.changedArgs;
  const found: Impurity[] = [];
  const subject = `Change ${change.index} (${change.name})`;
  if (reads.length > 0) {
    const message = `${subject} uses ${reads.join(', ')}${differs(first, second, pointer)}. ${CURE}`;
    found.push({ ...change, cause: 'clock-or-chance', reads, pointer, message });
  } else if (isDifferent) {
    const message = `${subject} depends on something outside of its state, args and context${differs(first, second, pointer)}. ${CURE}`;
    found.push({ ...change, cause: 'outside-state', reads, pointer, message });
  }
  if (changedArgs !== undefined) {
    const message = `${subject} changes its args at "${changedArgs}". Change a copy: the args are pushed, and kept, as they were given.`;
    found.push({ ...change, cause: 'changed-args', reads: [], pointer: changedArgs, message });
  }
  return found;
};

const CURE = 'A reducer runs on the server and on every client: put such values into the args, or use context.now.';

const differs = (first: Trial, second: Trial, pointer: string | undefined): string => {
  if (pointer !== undefined) {
    const values = [first, second].map(({ state }) => quote(valueAt(state, pointer)));
    return `: run twice, the states differ at "${pointer}", ${values.join(' and ')}`;
  }
  if (resultOf(first) === resultOf(second)) return '';
  return `: run twice, it was ${resultOf(first)}, and then ${resultOf(second)}`;
};

const resultOf = ({ outcome }: Trial): string => {
  if (outcome.status === 'applied') return 'applied';
  const { name, reason = name, detail } = outcome.problem;
  return `rejected (${reason}: ${detail})`;
};

/** Characters of a value that a message quotes. */
const QUOTED_MAX = 60;

const quote = (value: unknown): string => {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > QUOTED_MAX ? `${text.slice(0, QUOTED_MAX)}…` : text;
};
