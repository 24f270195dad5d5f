import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Json } from '../protocol/json.ts';
import type { ProblemName } from '../protocol/problems.ts';
import { checkJson } from './json/json-text.ts';
import { refuse } from './json/refusal.ts';
import { applyReturned, draftOf } from './state/draft.ts';
import type { Tree } from './state/tree.ts';

/** What a reducer may know besides state and args [D9]. Never a clock, never chance: it also runs on clients. */
export interface ChangeContext {
  /** When the change was accepted, in ms since 1970; never falls from one seq to the next. */
  readonly now: number;
  readonly seq: number;
  readonly client: string;
  /** The `sub` of who pushed it. */
  readonly user: string;
}

/**
 * Changes the draft in place, or returns a whole new state. To refuse, call `reject(reason, detail)`.
 * Must be synchronous and must depend on nothing but its arguments.
 */
export type Reducer<State, Args> = (state: State, args: Args, context: ChangeContext) => State | undefined | void;

declare const argsType: unique symbol;

/** One named change of a definition: checks its args and works on the tree. */
export interface ChangeDefinition<State, Args> {
  readonly apply: (tree: Tree, args: Json, context: ChangeContext) => void;
  /** `undefined` when the args fit, otherwise what is wrong with them [Q13]. */
  readonly check: (args: Json) => string | undefined;
  /** Types only: lets a client infer what to push. */
  readonly [argsType]?: (state: State, args: Args) => void;
}

/** Any application's definition, its types forgotten: what the server runs. */
export interface Definition {
  readonly name: string;
  /** Rises when `migrate` must run over states of earlier versions [L5]. */
  readonly version: number;
  readonly initial: () => Json;
  readonly changes: Readonly<Record<string, ChangeDefinition<never, never>>>;
  readonly migrate: (state: Json, from: number) => Json;
  /** Undefined when the whole state is as the definition's schema says. */
  readonly checkState: (state: Json) => string | undefined;
}

export interface ApplicationOptions<State, Changes> {
  /** The kind under which applications are created. */
  readonly name: string;
  /** A positive integer. */
  readonly version: number;
  /** Checked after a migration and an import, not after each change: its cost would follow the state. */
  readonly state?: StandardSchemaV1<unknown, State>;
  readonly initial: State;
  readonly changes: Changes;
  /** Turns the state of an earlier version into this one's. Required once `version` is above 1. */
  readonly migrate?: (state: Json, from: number) => State;
}

export interface ApplicationDefinition<State, Changes extends Definition['changes']> extends Definition {
  readonly changes: Changes;
  readonly [argsType]?: State;
}

/**
 * Declares an application: its initial state and the changes it knows. The same definition runs on the server
 * and, for optimistic views, on clients.
 *
 * @example
 * const counter = defineApplication({
 *   name: 'counter',
 *   version: 1,
 *   initial: { count: 0 },
 *   changes: { add: change(v.object({ by: v.number() }), (state: { count: number }, { by }) => { state.count += by; }) },
 * });
 * @throws TypeError when the definition cannot work
 */
export const defineApplication = <State, Changes extends Readonly<Record<string, ChangeDefinition<State, never>>>>(
  options: ApplicationOptions<State, Changes>,
): ApplicationDefinition<State, Changes> => {
  const { name, version, state, changes, migrate } = options;
  if (!Number.isSafeInteger(version) || version < 1) throw new TypeError(`${name}: version must be a positive integer`);
  if (version > 1 && migrate === undefined) throw new TypeError(`${name}: version ${version} needs a migrate function`);
  const trouble = checkJson(options.initial)?.detail ?? (state && firstIssue(state, options.initial as Json));
  if (trouble !== undefined) throw new TypeError(`${name}: the initial state does not work. ${trouble}`);
  // Text, so that no application can change another's initial state.
  const initial = JSON.stringify(options.initial);
  return {
    name,
    version,
    initial: () => JSON.parse(initial) as Json,
    changes,
    migrate: (from, version) => (migrate ?? keep)(from, version) as Json,
    checkState: (value) => (state === undefined ? undefined : firstIssue(state, value)),
  };
};

const keep = (state: Json): unknown => state;

/** A change whose args are checked by any Standard Schema (valibot, zod, arktype ...), which must be synchronous. */
export const change = <State, Schema extends StandardSchemaV1>(
  schema: Schema,
  reducer: Reducer<State, StandardSchemaV1.InferOutput<Schema>>,
): ChangeDefinition<State, StandardSchemaV1.InferInput<Schema>> => ({
  check: (args) => firstIssue(schema, args),
  apply: (tree, args, context) => {
    const draft = draftOf(tree);
    const returned: unknown = reducer(draft as State, validated(schema, args), context);
    applyReturned(tree, draft, synchronous(returned, 'not-json'));
  },
});

/** A change that works on the tree itself: what the `document` kind's patches need, which may replace the root. */
export const treeChange = (
  check: (args: Json) => string | undefined,
  apply: (tree: Tree, args: Json) => void,
): ChangeDefinition<Json, Json> => ({ check, apply });

const validated = <Schema extends StandardSchemaV1>(
  schema: Schema,
  args: Json,
): StandardSchemaV1.InferOutput<Schema> => {
  const result = synchronous(schema['~standard'].validate(args), 'change-failed');
  return result.issues === undefined ? result.value : refuse('invalid-args', describe(result.issues[0]));
};

const firstIssue = (schema: StandardSchemaV1, value: Json): string | undefined => {
  const { issues } = synchronous(schema['~standard'].validate(value), 'change-failed');
  return issues === undefined ? undefined : describe(issues[0]);
};

/** An await between reading and writing the state would let other changes in between. */
const synchronous = <T>(result: T | Promise<T>, name: ProblemName): T => {
  if (!(result instanceof Promise)) return result;
  // What it still does comes too late: its drafts refuse, and nobody else would catch that.
  result.catch(() => undefined);
  return refuse(name, 'A promise is not JSON: schemas and reducers are synchronous.');
};

const describe = (issue: StandardSchemaV1.Issue | undefined): string => {
  const path = (issue?.path ?? []).map((each) => String(typeof each === 'object' ? each.key : each)).join('.');
  return `${path === '' ? '' : `${path}: `}${issue?.message ?? 'The arguments do not fit.'}`;
};
