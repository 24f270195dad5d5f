import type { Precondition } from '../../protocol/change.ts';
import type { Json } from '../../protocol/json.ts';
import { CHANGE_TIME_MS_MAX, DETAIL_LENGTH_MAX } from '../../protocol/limits.ts';
import { type Problem, type ProblemName, problem } from '../../protocol/problems.ts';
import { etagOf, type Version } from '../../protocol/version.ts';
import type { Definition, SenderRights } from '../definition.ts';
import { ProblemError } from '../json/problem-error.ts';
import type { Tree } from '../state/tree.ts';

/** A change in the queue, with its position in the total order. */
export interface QueuedChange extends SenderRights {
  readonly seq: number;
  readonly client: string;
  readonly n: number;
  readonly user: string;
  /** The time it was accepted, in ms since 1970. */
  readonly at: number;
  readonly name: string;
  readonly args: Json;
  readonly match?: Precondition;
  /** The first seq of the atomic batch it belongs to [Q7]. */
  readonly batch?: number;
  /** The seq of the rejected change that this one retries [O4]. */
  readonly retries?: number;
}

/** One change, or the changes of one atomic batch: applied whole or not at all. */
export type Unit = readonly [QueuedChange, ...QueuedChange[]];

/** The result of a unit: its JSON Patch, one text per operation, or the problem of the change that failed. */
export type Reduced =
  | { readonly kind: 'applied'; readonly operations: readonly string[] }
  | { readonly kind: 'rejected'; readonly failedSeq: number; readonly problem: Problem };

/** Inputs of a reduction besides the tree and the changes. */
export interface ReduceContext {
  readonly definition: Definition;
  readonly epoch: string;
  /** The version of the state before the unit. */
  readonly version: number;
  /** Milliseconds from any origin; only differences count. */
  readonly clock: () => number;
  /** Bounds the work of each subject while others wait [F2]; without it only that of each change is bounded. */
  readonly workPolicy?: WorkPolicy;
  /**
   * Told what the code of the definition has done wrong with a change: thrown an error of its own, or made a value that is
   * no JSON. Outcomes say nothing of an error that was thrown: strangers read them.
   */
  readonly onFailure?: (change: QueuedChange, error: unknown) => void;
}

/** Judges and counts the work of units. */
export interface WorkPolicy {
  /** Bytes of work that the unit may do; undefined: as much as any. `nothing`: it is rejected without being tried. */
  limitOf(unit: Unit): number | 'nothing' | undefined;
  /** Called after each unit with the work that it did. */
  done(unit: Unit, work: number): void;
}

/** Applies one unit to the tree, or leaves the tree exactly as it was [D1] [D4]. */
export const reduce = (tree: Tree, unit: Unit, context: ReduceContext): Reduced => {
  const start = tree.mark();
  let [current] = unit;
  try {
    checkPrecondition(current, context);
    for (const change of unit) {
      current = change;
      apply(tree, change, context);
    }
    return { kind: 'applied', operations: tree.commit() };
  } catch (error) {
    tree.rollback(start);
    if (isFailure(error)) context.onFailure?.(current, error);
    return { kind: 'rejected', failedSeq: current.seq, problem: problemOf(error) };
  }
};

const checkPrecondition = ({ match }: QueuedChange, { epoch, version }: ReduceContext): void => {
  const etag = etagOf({ epoch, version });
  if (match === undefined || match === '*' || match.includes(etag)) return;
  throw new ProblemError(preconditionFailed(match, { epoch, version }));
};

/** The problem of a precondition that names other versions than the current one [Q12]. */
export const preconditionFailed = (match: readonly string[], current: Version): Problem => {
  const etag = etagOf(current);
  const { version } = current;
  // HTTP drops weak tags when it parses the header.
  const isWeak = match.length === 0 || match.some((tag) => tag.startsWith('W/'));
  const detail = isWeak
    ? `A weak entity tag (W/"…") never matches in If-Match (RFC 9110, 13.1.1). Send it without W/. The state was at ${etag}.`
    : `The state was at ${etag}.`;
  return problem('precondition-failed', detail, { version, etag });
};

/** The name of a migration in the log. It ran before its slice and does nothing here; no client can push a `$`. */
export const MIGRATION = '$migrate';
/** The name of a restore in the log [L12]: it was applied when it was written. */
export const RESTORE = '$restore';

const apply = (tree: Tree, change: QueuedChange, { definition, clock }: ReduceContext): void => {
  if (change.name === MIGRATION) return;
  const defined = Object.hasOwn(definition.changes, change.name) ? definition.changes[change.name] : undefined;
  if (defined === undefined) throw new ProblemError(unknownChange(definition, change.name));
  const { at, seq, client, user, role = 'writer', claims = {} } = change;
  const startedAt = clock();
  defined.apply(tree, change.args, { now: at, seq, client, user, role, claims });
  const elapsedMs = clock() - startedAt;
  if (elapsedMs <= CHANGE_TIME_MS_MAX) return;
  throw new ProblemError(problem('too-much-work', `The change took ${elapsedMs} ms.`, { limit: CHANGE_TIME_MS_MAX }));
};

export const unknownChange = (definition: Definition, name: string): Problem =>
  problem('unknown-change', `The kind ${definition.name} has no change "${name}".`);

/**
 * The problem of a change whose reducer or schema has thrown: any value, with a message of any size. The problem fits
 * into a row. It tells nothing of an error that is no ProblemError: its message was never meant for those who read
 * outcomes.
 */
export const problemOf = (error: unknown): Problem =>
  isOfProtocol(error) ? truncateReason(error.problem) : problem('change-failed', FAILED);

const FAILED = "The application's code failed on this change. The server's log says why.";

/** Problems that only code can cause: the args of a change are JSON. */
const CAUSED_BY_CODE: readonly ProblemName[] = ['not-json', 'number-range'];

/** Whether an error shows a mistake in the code of a definition, which its author must hear of. */
export const isFailure = (error: unknown): boolean =>
  !isOfProtocol(error) || CAUSED_BY_CODE.includes(error.problem.name);

/** Plain JavaScript can throw a ProblemError without a problem. One with a name of its own is for `problemBody`. */
const isOfProtocol = (error: unknown): error is ProblemError =>
  error instanceof ProblemError && typeof error.problem?.name === 'string';

/** Drops a reason that is no string, which only plain JavaScript can pass. */
const truncateReason = ({ name, detail, reason, ...cure }: Problem): Problem =>
  problem(name, String(detail), {
    ...cure,
    ...(typeof reason === 'string' ? { reason: reason.slice(0, DETAIL_LENGTH_MAX) } : {}),
  });
