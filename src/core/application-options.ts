import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Json } from '../protocol/json.ts';
import type { ArgsOf, ChangeDefinition, Reducer } from './definition.ts';
import type { ChangeEffect, ChangeRequest } from './inverse.ts';
import type { Synchronous } from './schema.ts';
import type { InferredState } from './state-type.ts';

/** The options of `defineApplication`, without the changes. */
export interface BaseOptions<State, Claim extends string = string, Reason extends string = string> {
  /** The kind under which applications are created. */
  readonly name: string;
  /** A positive integer. Raise it with each `migrate`. */
  readonly version: number;
  /**
   * A synchronous Standard Schema of the whole state. What it makes of `initial` and of what `migrate` returns, with its
   * defaults and conversions, is stored; so it must take its own output. It checks an imported state, and leaves that as it
   * is. No change is checked: the cost would follow the size of the state. Default: none, every JSON value fits.
   */
  readonly state?: StandardSchemaV1<unknown, State>;
  /**
   * The state of a new application. Must be JSON; it is copied, without members that are `undefined`. The type of the
   * state is that of the schema `state`, or else of this: `initial: { items: {} } as State`.
   */
  readonly initial: State;
  /**
   * Names of claims of the token that reducers see as `claims`. Their values are stored with each change, so everybody who
   * may export the application can read them: list no secrets. Together at most 1,024 bytes of JSON. Default: none.
   */
  readonly claims?: readonly Claim[];
  /**
   * The reasons with which reducers call `reject`: the type of `problem.reason` for clients, in `onRejected`, by
   * `isRejectedBy`, in rejections and in the log. Default: any text.
   */
  readonly reasons?: readonly Reason[];
  /** Returns the state of version `from` in the form of this version. Required when `version` is above 1. */
  readonly migrate?: (state: Json, from: number) => NoInfer<State>;
}

/** The options of `defineApplication` with changes whose reducers are annotated: `(state: State, args) => ...`. */
export interface ApplicationOptions<State, Changes, Reason extends string = string>
  extends BaseOptions<State, string, Reason> {
  /** The changes by the names that clients push, each made by the `change` that is imported. */
  readonly changes: Changes;
  /**
   * Makes the change that undoes another one, for `client.undo()`. It runs on clients only. Default: none, nothing can be
   * undone.
   */
  readonly inverse?: (change: ChangeRequest, effect: ChangeEffect<State>) => AnyRequest<Json> | undefined;
}

/** The options of `defineApplication` with changes whose reducers need no annotation. */
export interface InferredOptions<State, Changes, Claim extends string = never, Reason extends string = string>
  extends BaseOptions<State, Claim, Reason> {
  /**
   * Returns the changes by the names that clients push. Called once.
   *
   * @param change defines a change by a schema for its args and a reducer, as the `change` that is imported. It knows the
   * type of the state
   * @param reject the `reject` that is imported, for the reasons in `reasons` alone
   */
  readonly changes: (change: DefineChange<State, Claim>, reject: Reject<Reason>) => Changes;
  /**
   * Makes the change that undoes another one, for `client.undo()`. It runs on clients only. Write it after `changes`, from
   * which TypeScript infers its types. Default: none, nothing can be undone.
   */
  readonly inverse?: InverseOf<State, Changes>;
}

/**
 * What a version needs that the compiler knows: `migrate`, when it is above 1. A version of the type `number`, and changes
 * that are annotated, are checked when they run.
 */
export type MigrationOf<Version extends number> = { readonly version: Version } & (number extends Version
  ? unknown
  : Version extends 0 | 1
    ? unknown
    : VersionAbove1);

/** A version above 1 needs a `migrate`: applications of the versions before it have another state. */
interface VersionAbove1 {
  readonly migrate: object;
}

/** Defines a change by a schema for its args and a reducer, in a definition whose state it knows. */
export type DefineChange<State, Claim extends string = never> = <Schema extends StandardSchemaV1>(
  schema: Schema & Synchronous,
  reducer: Reducer<InferredState<State>, StandardSchemaV1.InferOutput<Schema>, Claim>,
) => ChangeDefinition<State, StandardSchemaV1.InferInput<Schema>>;

/** Rejects the change from inside its reducer, for one of these reasons, with a sentence for people. It never returns. */
export type Reject<Reason extends string> = (reason: Reason, detail: string) => never;

/** An `Inverse` that knows the names, the args and the state of a definition. */
export type InverseOf<State, Changes> = (
  change: RequestOf<Changes>,
  effect: ChangeEffect<State>,
) => RequestOf<Changes> | undefined;

/** A change to push, of a definition with these changes; of any while TypeScript does not know them yet. */
export type RequestOf<Changes> = string extends keyof Changes
  ? AnyRequest<unknown>
  : {
      [Name in keyof Changes & string]: { readonly name: Name; readonly args: ArgsOf<Changes[Name]> };
    }[keyof Changes & string];

/**
 * A change of any name. The literal beside `string` keeps TypeScript from widening the name that an inverse returns, which
 * it compares with those of the changes later.
 */
interface AnyRequest<Args> {
  readonly name: '' | (string & {});
  readonly args: Args;
}
