import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Json } from '../protocol/json.ts';
import type { Inverse } from './inverse.ts';
import type { Tree } from './state/tree.ts';

/** The values of a token's claims, by their names. */
export type Claims = Readonly<Record<string, Json>>;

/**
 * The facts a reducer may use besides the state and the args [D9]. There is no clock and no randomness in it: a reducer
 * also runs on clients, and must do the same there.
 */
export interface ChangeContext<Claim extends string = string> {
  /** The time the change was accepted, in ms since 1970. Never decreases from one seq to the next. */
  readonly now: number;
  /** The change's position in the application's total order: 1, 2, 3 ... */
  readonly seq: number;
  /** The id of the client that pushed the change. */
  readonly client: string;
  /** The `sub` of the token that pushed the change. */
  readonly user: string;
  /**
   * The role that the sender had when the change was accepted [A2]; it was sent with at least `writer`. Of a change that
   * was accepted by an older version of the server: `writer`.
   */
  readonly role: 'reader' | 'writer' | 'admin';
  /**
   * The claims of the token that the definition lists in `claims`, as they were when the change was accepted [D14]. One that
   * the token did not have is absent, and so are all of a change that was accepted before the definition listed them.
   */
  readonly claims: string extends Claim ? Claims : { readonly [Name in Claim]?: Json };
}

/** The rights of a change's sender, as far as they are stored with the change [D14]. */
export interface SenderRights {
  /** Absent: `writer`. */
  readonly role?: ChangeContext['role'] | undefined;
  /** Absent: none. */
  readonly claims?: Claims | undefined;
}

/**
 * The code of a change. It changes `state`, a draft, in place, or returns a whole new state; returning nothing keeps
 * the draft. It must be synchronous and depend on its arguments alone.
 *
 * To reject the change, call `reject(reason, detail)`: users are told both. Whatever else it throws rejects the change
 * with `change-failed`, and is told to nobody: the server logs it with its stack [E2]. All writes are rolled back [D4].
 *
 * What it writes must be JSON. A member that is `undefined` is left out, as JSON does, and one that is set to `undefined`
 * is removed. NaN, Infinity, functions, `undefined` in an array, a `Date`, a `Map` and other instances of classes reject
 * the change, with the JSON Pointer of the value.
 */
export type Reducer<State, Args, Claim extends string = string> = (
  state: State,
  args: Args,
  context: ChangeContext<Claim>,
) => State | undefined | void;

declare const argsType: unique symbol;

/** What a change was made of by `change`. */
export interface ChangeParts {
  readonly schema: StandardSchemaV1;
  readonly reducer: (state: never, args: never, context: ChangeContext) => unknown;
}

/** One named change of a definition, made by `change` or `treeChange`. */
export interface ChangeDefinition<State, Args> {
  /**
   * Runs the change. A failure may leave writes behind: the caller rolls the tree back.
   *
   * @throws ProblemError when the change is rejected; the reducer's own error when it fails
   */
  readonly apply: (tree: Tree, args: Json, context: ChangeContext) => void;
  /** Checks args without running the change [Q13]: `undefined` when they fit, otherwise the first issue. */
  readonly check: (args: Json) => string | undefined;
  /** The schema and the reducer that `change` was given, for tools that look into a definition: `changebucket/testing`. */
  readonly parts?: ChangeParts;
  /** Exists only for the compiler: lets a client infer the args to push. */
  readonly [argsType]?: (state: State, args: Args) => void;
}

/** The definition of any application, without its types: the form that the server runs. */
export interface Definition {
  /** The kind under which applications are created. */
  readonly name: string;
  /** A positive integer. A higher one runs `migrate` over the states of lower ones [L5]. */
  readonly version: number;
  /** Returns a new copy of the initial state. */
  readonly initial: () => Json;
  readonly changes: Readonly<Record<string, ChangeDefinition<never, never>>>;
  /** Returns the state of version `from` in the form of this version. */
  readonly migrate: (state: Json, from: number) => Json;
  /** Checks a whole state by the definition's schema: `undefined` when it fits, otherwise the first issue. */
  readonly checkState: (state: Json) => string | undefined;
  /** Makes the change that undoes another one, for `undo` of clients; undefined where nothing can be undone. */
  readonly inverse?: Inverse | undefined;
  /** The claims of tokens that reducers see. */
  readonly claims?: readonly string[] | undefined;
  /** The reasons for which its reducers reject changes, where it lists them. */
  readonly reasons?: readonly string[] | undefined;
}

/** The reasons for which a definition rejects changes, as far as it lists them; any text where it does not. */
export type ReasonOf<Kind extends Definition> = NonNullable<Kind['reasons']>[number];

/** The type of a definition's state; any JSON for a definition without types. */
export type StateOf<Kind extends Definition> =
  Kind['changes'][keyof Kind['changes']] extends ChangeDefinition<infer State, never>
    ? [State] extends [never]
      ? Json
      : State
    : Json;

/** The type of the args that a client pushes with a change of a definition. */
export type ArgsOf<Change> = Change extends ChangeDefinition<never, infer Args> ? Args : never;
