import type { ApplicationOptions, DefineChange, InferredOptions, MigrationOf } from './application-options.ts';
import { change } from './change.ts';
import { checkChangeNames } from './check-change-names.ts';
import { type ApplicationDefinition, type ChangesOf, createDefinition } from './create-definition.ts';
import type { Inverse } from './inverse.ts';
import { reject } from './json/problem-error.ts';

/** `defineApplication`: it takes changes from `(change) => ({ ... })`, or annotated ones. */
interface DefineApplication {
  <State, Changes extends ChangesOf<State>, const Reason extends string = string>(
    options: ApplicationOptions<State, Changes, Reason>,
  ): ApplicationDefinition<State, Changes, Reason>;
  // The last one: compilers show its error when none fits.
  <
    State,
    Changes extends ChangesOf<State>,
    const Claim extends string = never,
    const Reason extends string = string,
    Version extends number = number,
  >(
    options: InferredOptions<State, Changes, Claim, Reason> & MigrationOf<Version>,
  ): ApplicationDefinition<State, Changes, Reason>;
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
 * @throws TypeError when no server takes the name of the kind or of a change, when `version` is not a positive integer,
 * when it is above 1 without `migrate`, or when `initial` is not JSON or does not fit the schema
 */
export const defineApplication: DefineApplication = <State, Changes extends ChangesOf<State>, Reason extends string>(
  options: ApplicationOptions<State, Changes, Reason> | InferredOptions<State, Changes, string, Reason>,
): ApplicationDefinition<State, Changes, Reason> => {
  const { name, changes: given, inverse } = options;
  const changes = typeof given === 'function' ? given(change as DefineChange<State, string>, reject) : given;
  checkChangeNames(name, changes);
  return createDefinition(options, changes, inverse as Inverse | undefined);
};
