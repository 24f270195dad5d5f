import type { Precondition } from '../../protocol/change.ts';
import type { Json } from '../../protocol/json.ts';
import { CHANGE_TIME_MS_MAX, DETAIL_LENGTH_MAX } from '../../protocol/limits.ts';
import { type Problem, problem } from '../../protocol/problems.ts';
import { etagOf } from '../../protocol/version.ts';
import type { Definition } from '../definition.ts';
import { Refusal } from '../json/refusal.ts';
import type { Tree } from '../state/tree.ts';

/** A change in the queue, with its place in the order. */
export interface QueuedChange {
  readonly seq: number;
  readonly client: string;
  readonly n: number;
  readonly user: string;
  /** When it was accepted, in ms since 1970. */
  readonly at: number;
  readonly name: string;
  readonly args: Json;
  readonly match?: Precondition;
  /** The first seq of the atomic batch it belongs to [Q7]. */
  readonly batch?: number;
  /** The seq of the rejected change that this one tries again [O4]. */
  readonly retries?: number;
}

/** What must be applied whole or not at all: one change, or an atomic batch. Never empty. */
export type Unit = readonly [QueuedChange, ...QueuedChange[]];

/** What a unit did: its JSON Patch, one text per operation, or why nothing was done and by which of its changes. */
export type Reduced =
  | { readonly kind: 'applied'; readonly operations: readonly string[] }
  | { readonly kind: 'refused'; readonly by: number; readonly problem: Problem };

/** What reducing needs from outside the core. */
export interface ReduceContext {
  readonly definition: Definition;
  readonly epoch: string;
  /** The version the state has before the unit. */
  readonly version: number;
  /** Milliseconds from anywhere; only differences count. */
  readonly clock: () => number;
}

/** Applies one unit to the tree, or leaves the tree exactly as it was [D1] [D4]. */
export const reduce = (tree: Tree, unit: Unit, surroundings: ReduceContext): Reduced => {
  const start = tree.mark();
  let seq = unit[0].seq;
  try {
    checkPrecondition(unit[0], surroundings);
    for (const change of unit) {
      seq = change.seq;
      apply(tree, change, surroundings);
    }
    return { kind: 'applied', operations: tree.commit() };
  } catch (error) {
    tree.rollback(start);
    return { kind: 'refused', by: seq, problem: problemOf(error) };
  }
};

const checkPrecondition = ({ match }: QueuedChange, { epoch, version }: ReduceContext): void => {
  const etag = etagOf({ epoch, version });
  if (match === undefined || match === '*' || match.includes(etag)) return;
  throw new Refusal(problem('precondition-failed', `The state was at ${etag}.`, { version, etag }));
};

/** The name under which a migration stands in the log. Its work is done before the slice; nobody can push a `$`. */
export const MIGRATION = '$migrate';

const apply = (tree: Tree, change: QueuedChange, { definition, clock }: ReduceContext): void => {
  if (change.name === MIGRATION) return;
  const known = Object.hasOwn(definition.changes, change.name) ? definition.changes[change.name] : undefined;
  if (known === undefined) throw new Refusal(unknownChange(definition, change.name));
  const { at, seq, client, user } = change;
  const begun = clock();
  known.apply(tree, change.args, { now: at, seq, client, user });
  const taken = clock() - begun;
  if (taken <= CHANGE_TIME_MS_MAX) return;
  throw new Refusal(problem('too-much-work', `The change took ${taken} ms.`, { limit: CHANGE_TIME_MS_MAX }));
};

export const unknownChange = (definition: Definition, name: string): Problem =>
  problem('unknown-change', `The kind ${definition.name} has no change "${name}".`);

/** What was thrown may be anything, and what it says of any size; the outcome must fit into a row. */
const problemOf = (error: unknown): Problem => {
  if (error instanceof Refusal) return truncateDetail(error.problem);
  const message: unknown = error instanceof Error ? error.message : undefined;
  return problem('change-failed', typeof message === 'string' ? message : 'The change threw something.');
};

const truncateDetail = ({ reason, ...rest }: Problem): Problem =>
  typeof reason === 'string' ? { ...rest, reason: reason.slice(0, DETAIL_LENGTH_MAX) } : rest;
