import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Json } from '../protocol/json.ts';
import type { ProblemName } from '../protocol/problems.ts';
import type { Inverse } from './inverse.ts';
import { checkJson } from './json/check-json.ts';
import { throwProblem } from './json/problem-error.ts';
import { applyReturned, draftOf } from './state/draft.ts';
import type { Tree } from './state/tree.ts';

/**
 * The facts a reducer may use besides the state and the args [D9]. There is no clock and no randomness in it: a reducer
 * also runs on clients, and must do the same there.
 */
export interface ChangeContext {
  /** The time the change was accepted, in ms since 1970. Never decreases from one seq to the next. */
  readonly now: number;
  /** The change's position in the application's total order: 1, 2, 3 ... */
  readonly seq: number;
  /** The id of the client that pushed the change. */
  readonly client: string;
  /** The `sub` of the token that pushed the change. */
  readonly user: string;
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
export type Reducer<State, Args> = (state: State, args: Args, context: ChangeContext) => State | undefined | void;

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
}

/** The type of a definition's state; any JSON for a definition without types. */
export type StateOf<Kind extends Definition> =
  Kind['changes'][keyof Kind['changes']] extends ChangeDefinition<infer State, never>
    ? [State] extends [never]
      ? Json
      : State
    : Json;

/** The type of the args that a client pushes with a change of a definition. */
export type ArgsOf<Change> = Change extends ChangeDefinition<never, infer Args> ? Args : never;

/** The options of `defineApplication`. */
export interface ApplicationOptions<State, Changes> {
  /** The kind under which applications are created. */
  readonly name: string;
  /** A positive integer. Raise it with each `migrate`. */
  readonly version: number;
  /**
   * A synchronous Standard Schema of the whole state. Checked after a migration and an import, not after each change:
   * its cost would follow the size of the state. Default: none, every JSON value fits.
   */
  readonly state?: StandardSchemaV1<unknown, State>;
  /** The state of a new application. Must be JSON; it is copied, without members that are `undefined`. */
  readonly initial: State;
  /** The changes by the names that clients push. */
  readonly changes: Changes;
  /** Returns the state of version `from` in the form of this version. Required when `version` is above 1. */
  readonly migrate?: (state: Json, from: number) => State;
  /**
   * Makes the change that undoes another one, for `client.undo()`. It runs on clients only. Default: none, nothing can be
   * undone.
   */
  readonly inverse?: Inverse<State>;
}

/** A definition with the types of its state and its changes, from which clients infer theirs. */
export interface ApplicationDefinition<State, Changes extends Definition['changes']> extends Definition {
  readonly changes: Changes;
  readonly [argsType]?: State;
}

/**
 * Defines a kind of application: its initial state and its changes. The same definition runs on the server and, for
 * optimistic views, on clients.
 *
 * @example
 * const counter = defineApplication({
 *   name: 'counter',
 *   version: 1,
 *   initial: { count: 0 },
 *   changes: {
 *     add: change(v.object({ by: v.number() }), (state: { count: number }, { by }) => {
 *       state.count += by;
 *     }),
 *   },
 * });
 * @throws TypeError when `version` is not a positive integer, when it is above 1 without `migrate`, or when `initial`
 * is not JSON or does not fit the schema
 */
export const defineApplication = <State, Changes extends Readonly<Record<string, ChangeDefinition<State, never>>>>(
  options: ApplicationOptions<State, Changes>,
): ApplicationDefinition<State, Changes> => {
  const { name, version, state: schema, changes, migrate, inverse } = options;
  if (!Number.isSafeInteger(version) || version < 1) throw new TypeError(`${name}: version must be a positive integer`);
  if (version > 1 && migrate === undefined) throw new TypeError(`${name}: version ${version} needs a migrate function`);
  const issue = checkJson(options.initial)?.detail ?? (schema && firstIssue(schema, options.initial as Json));
  if (issue !== undefined) throw new TypeError(`${name}: the initial state does not work. ${issue}`);
  // Kept as text, so that no application can change another's initial state.
  const initial = JSON.stringify(options.initial);
  return {
    name,
    version,
    initial: () => JSON.parse(initial) as Json,
    changes,
    migrate: (state, from) => (migrate === undefined ? state : (migrate(state, from) as Json)),
    checkState: (state) => (schema === undefined ? undefined : firstIssue(schema, state)),
    inverse: inverse as Inverse | undefined,
  };
};

/**
 * Defines a change by a schema for its args and a reducer.
 *
 * @param schema any Standard Schema (valibot, zod, arktype ...); it must be synchronous. The reducer gets its output, a
 * client pushes its input. Its first issue is told to whoever pushes args that do not fit (`invalid-args`); what it throws
 * is not, as with a reducer
 */
export const change = <State, Schema extends StandardSchemaV1>(
  schema: Schema,
  reducer: Reducer<State, StandardSchemaV1.InferOutput<Schema>>,
): ChangeDefinition<State, StandardSchemaV1.InferInput<Schema>> => ({
  parts: { schema, reducer },
  check: (args) => firstIssue(schema, args),
  apply: (tree, args, context) => {
    const draft = draftOf(tree);
    const returned: unknown = reducer(draft as State, parseArgs(schema, args), context);
    applyReturned(tree, draft, requireSynchronous(returned, 'not-json'));
  },
});

/**
 * Defines a change that writes to the tree itself, without a draft. The `document` kind needs it: its patches may
 * replace the root.
 *
 * @param check returns the first issue with the args, `undefined` when they fit
 */
export const treeChange = (
  check: (args: Json) => string | undefined,
  apply: (tree: Tree, args: Json) => void,
): ChangeDefinition<Json, Json> => ({ check, apply });

const parseArgs = <Schema extends StandardSchemaV1>(
  schema: Schema,
  args: Json,
): StandardSchemaV1.InferOutput<Schema> => {
  const result = requireSynchronous(schema['~standard'].validate(args), 'change-failed');
  return result.issues === undefined ? result.value : throwProblem('invalid-args', describeIssue(result.issues[0]));
};

const firstIssue = (schema: StandardSchemaV1, value: Json): string | undefined => {
  const { issues } = requireSynchronous(schema['~standard'].validate(value), 'change-failed');
  return issues === undefined ? undefined : describeIssue(issues[0]);
};

/** Refuses promises: an await between reading and writing the state would let other changes in between. */
const requireSynchronous = <T>(result: T | Promise<T>, name: ProblemName): T => {
  if (!(result instanceof Promise)) return result;
  // Its later writes fail, because its drafts have ended; nobody else would catch that rejection.
  result.catch(() => undefined);
  return throwProblem(name, 'A promise is not JSON: schemas and reducers are synchronous.');
};

const describeIssue = (issue: StandardSchemaV1.Issue | undefined): string => {
  const path = (issue?.path ?? []).map((each) => String(typeof each === 'object' ? each.key : each)).join('.');
  return `${path === '' ? '' : `${path}: `}${issue?.message ?? 'The arguments do not fit.'}`;
};
