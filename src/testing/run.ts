import type { Definition, ReasonOf, StateOf } from '../core/definition.ts';
import type { QueuedChange } from '../core/drain/reduce.ts';
import type { Json } from '../protocol/json.ts';
import { acceptArgs, precheckArgs } from './accept-change.ts';
import { checkedState, MemoryApplication, type Start } from './memory-application.ts';
import type { AppliedOutcome, Outcome, RefusedOutcome, RejectedOutcome } from './outcome.ts';
import { ChangeOrder } from './queue-changes.ts';
import type { AnyChange, Sender, TestChange } from './test-change.ts';

/** The options of `run` and `replay`. What they say of sender and time holds for changes that say nothing themselves. */
export interface RunOptions<Kind extends Definition> extends Sender {
  /** The state before the first change. Default: the initial state of the definition. It is copied. */
  readonly state?: StateOf<Kind>;
  /** The seq of the first change: 1, 2, 3 ... Default: 1. */
  readonly seq?: number;
  /**
   * With `true`, a name that the definition does not have and args that do not fit their schema are refused, as a server
   * does for `Prefer: precheck`. Default: they are accepted and rejected, as with pushes of the SDK.
   */
  readonly precheck?: boolean;
}

/** The result of `run`. */
export interface RunResult<Kind extends Definition> {
  /** The state after the last change. */
  readonly state: StateOf<Kind>;
  /** What became of each change, in the order in which they were given. */
  readonly outcomes: readonly Outcome<ReasonOf<Kind>>[];
  /** The seq of the last change that has one: the version of the state. */
  readonly version: number;
  /**
   * The first issue of the state with the definition's `state` schema; undefined when it fits. A server does not check
   * this after each change, but refuses a backup of such a state.
   */
  readonly stateIssue: string | undefined;
}

/**
 * Runs changes through the definition as a server does: the same schemas, drafts, rejections and limits, without a server.
 * The same input gives the same result: the time stands at 1 January 2026, the user is `alice`, the client `client-1`.
 *
 * @example
 * const { state, outcomes } = run(todos, [
 *   { name: 'add', args: { id: 'milk', text: 'Milk' } },
 *   { name: 'complete', args: { id: 'milk', done: true }, user: 'bob' },
 * ]);
 * @throws TypeError when the given state is not JSON or does not fit the schema, or a change has no name
 * @throws RangeError when a time is before that of an earlier change, or `seq` is not a positive integer
 */
export const run = <Kind extends Definition>(
  definition: Kind,
  changes: readonly TestChange<Kind>[],
  options: RunOptions<Kind> = {},
): RunResult<Kind> => {
  const application = new MemoryApplication(definition, startOf(definition, options));
  const outcomes = runChanges(application, changes, options, (change) => application.apply(change));
  return resultOf(application, outcomes);
};

/** @throws what `run` throws for its options */
export const startOf = (definition: Definition, { state, seq = 1 }: AnyOptions): Start => {
  if (Number.isSafeInteger(seq) && seq > 0) return { state: checkedState(definition, state), version: seq - 1 };
  throw new RangeError(`seq is ${seq}: it must be a positive integer.`);
};

export const resultOf = <Kind extends Definition>(
  application: MemoryApplication,
  outcomes: readonly Outcome[],
): RunResult<Kind> => ({
  state: application.state as StateOf<Kind>,
  outcomes,
  version: application.version,
  stateIssue: application.issue,
});

/** Accepts or refuses each change, and applies what was accepted. */
export const runChanges = (
  { definition, version }: MemoryApplication,
  changes: readonly AnyChange[],
  options: AnyOptions,
  apply: (change: QueuedChange, index: number) => AppliedOutcome | RejectedOutcome,
): Outcome[] => {
  if (!Array.isArray(changes)) throw new TypeError('The changes must be an array: [{ name, args }, ...].');
  const order = new ChangeOrder(version, options);
  return changes.map((change: AnyChange, index) => {
    if (typeof change.name !== 'string') throw new TypeError(`Change ${index} has no name: it must be { name, args }.`);
    const accepted = accept(definition, change, options.precheck);
    return 'status' in accepted ? accepted : apply(order.queue(change, accepted.args), index);
  });
};

/** Options without the types of a definition. */
type AnyOptions = Omit<RunOptions<Definition>, 'state'> & { readonly state?: unknown };

const accept = (
  definition: Definition,
  { name, args }: AnyChange,
  precheck: boolean | undefined,
): { readonly args: Json } | RefusedOutcome => {
  const accepted = acceptArgs(name, args);
  const checked = precheck && accepted.kind === 'accepted' ? precheckArgs(definition, name, accepted.args) : accepted;
  if (checked.kind === 'accepted') return checked;
  const { problem, error } = checked;
  return { status: 'refused', name, problem, reason: problem.reason, error };
};
