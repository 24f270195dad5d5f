import type { PatchOperation } from '../protocol/patch.ts';
import type { Problem } from '../protocol/problems.ts';

/** A change that was applied. */
export interface AppliedOutcome {
  readonly status: 'applied';
  /** The name of the change. */
  readonly name: string;
  /** Its position in the order of changes: 1, 2, 3 ... */
  readonly seq: number;
  /** What it did, as a JSON Patch (RFC 6902). Empty when it changed nothing. */
  readonly patch: readonly PatchOperation[];
  readonly problem?: undefined;
  readonly reason?: undefined;
  readonly error?: undefined;
}

/** The reasons why a change had no effect. */
interface NoEffect<Reason extends string = string> {
  /** The name of the change. */
  readonly name: string;
  /** What a client is told: `name`, `detail`, and the `reason` that was passed to `reject`. */
  readonly problem: Problem<Reason>;
  /** The `reason` that the reducer passed to `reject`; undefined where it did not call that. */
  readonly reason: Reason | undefined;
  /** What was thrown, with its own stack. Clients never get it. */
  readonly error: unknown;
}

/** A change whose turn came and that had no effect: its reducer, its schema or a limit said no. */
export interface RejectedOutcome<Reason extends string = string> extends NoEffect<Reason> {
  readonly status: 'rejected';
  /** Its position in the order of changes: a rejected change has one. */
  readonly seq: number;
}

/** A change that a server never accepts: it gets no seq. */
export interface RefusedOutcome<Reason extends string = string> extends NoEffect<Reason> {
  readonly status: 'refused';
  readonly seq?: undefined;
}

/** What became of one change. @typeParam Reason the reasons that its definition lists */
export type Outcome<Reason extends string = string> = AppliedOutcome | RejectedOutcome<Reason> | RefusedOutcome<Reason>;
