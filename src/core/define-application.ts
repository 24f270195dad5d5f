import type { Json } from '../protocol/json.ts';
import type { ApplicationOptions, DefineChange, InferredOptions } from './application-options.ts';
import { change } from './change.ts';
import type { ChangeDefinition, Definition } from './definition.ts';
import type { Inverse } from './inverse.ts';
import { checkJson } from './json/check-json.ts';
import { firstIssue } from './schema.ts';

/** The changes of a definition by their names. */
type ChangesOf<State> = Readonly<Record<string, ChangeDefinition<State, never>>>;

declare const stateType: unique symbol;

/** A definition with the types of its state and its changes, from which clients infer theirs. */
export interface ApplicationDefinition<State, Changes extends Definition['changes']> extends Definition {
  readonly changes: Changes;
  readonly [stateType]?: State;
}

/** `defineApplication`: it takes changes from `(change) => ({ ... })`, or annotated ones. */
interface DefineApplication {
  <State, Changes extends ChangesOf<State>>(
    options: ApplicationOptions<State, Changes>,
  ): ApplicationDefinition<State, Changes>;
  // The last one: compilers show its error when none fits.
  <State, Changes extends ChangesOf<State>>(
    options: InferredOptions<State, Changes>,
  ): ApplicationDefinition<State, Changes>;
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
 *   changes: (change) => ({
 *     add: change(v.object({ by: v.number() }), (state, { by }) => {
 *       state.count += by;
 *     }),
 *   }),
 * });
 * @throws TypeError when `version` is not a positive integer, when it is above 1 without `migrate`, or when `initial`
 * is not JSON or does not fit the schema
 */
export const defineApplication: DefineApplication = <State, Changes extends ChangesOf<State>>(
  options: ApplicationOptions<State, Changes> | InferredOptions<State, Changes>,
): ApplicationDefinition<State, Changes> => {
  const { name, version, state: schema, migrate, inverse } = options;
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
    changes: typeof options.changes === 'function' ? options.changes(change as DefineChange<State>) : options.changes,
    migrate: (state, from) => (migrate === undefined ? state : (migrate(state, from) as Json)),
    checkState: (state) => (schema === undefined ? undefined : firstIssue(schema, state)),
    inverse: inverse as Inverse | undefined,
  };
};
