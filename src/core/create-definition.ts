import type { Json } from '../protocol/json.ts';
import type { BaseOptions } from './application-options.ts';
import type { ChangeDefinition, Definition } from './definition.ts';
import type { Inverse } from './inverse.ts';
import { checkJson } from './json/check-json.ts';
import { checkKey } from './json/json-rules.ts';
import { firstIssue, outputOf } from './schema.ts';

/** The changes of a definition by their names. */
export type ChangesOf<State> = Readonly<Record<string, ChangeDefinition<State, never>>>;

declare const stateType: unique symbol;

/** A definition with the types of its state and its changes, from which clients infer theirs. */
export interface ApplicationDefinition<State, Changes extends Definition['changes'], Reason extends string = string>
  extends Definition {
  readonly changes: Changes;
  readonly reasons?: readonly Reason[] | undefined;
  readonly [stateType]?: State;
}

/**
 * Makes a definition of its options and its changes. `defineApplication` without `change` and without the check of names:
 * a page with documents alone loads neither.
 *
 * @throws TypeError as `defineApplication` does, but not for names
 */
export const createDefinition = <State, Changes extends ChangesOf<State>, Reason extends string>(
  options: BaseOptions<State, string, Reason>,
  changes: Changes,
  inverse?: Inverse,
): ApplicationDefinition<State, Changes, Reason> => {
  const { name, version, state: schema, migrate, claims = [], reasons } = options;
  if (!Number.isSafeInteger(version) || version < 1) throw new TypeError(`${name}: version must be a positive integer`);
  if (version > 1 && migrate === undefined) throw new TypeError(`${name}: version ${version} needs a migrate function`);
  const checkState = (state: Json): string | undefined => schema && firstIssue(schema, state);
  const first = checkJson(options.initial) === undefined ? outputOf(schema, options.initial as Json) : options.initial;
  const issue = checkJson(first)?.detail ?? checkState(first as Json);
  if (issue !== undefined) throw new TypeError(`${name}: the initial state does not work. ${issue}`);
  const wrongClaim = claims.find((each) => typeof each !== 'string' || checkKey(each) !== undefined);
  if (wrongClaim !== undefined) throw new TypeError(`${name}: "${wrongClaim}" can be no claim of a token.`);
  // Kept as text, so that no application can change another's initial state.
  const initial = JSON.stringify(first);
  return {
    name,
    version,
    initial: () => JSON.parse(initial) as Json,
    changes,
    migrate: (state, from) =>
      migrate === undefined ? state : (outputOf(schema, migrate(state, from) as Json) as Json),
    checkState,
    inverse,
    claims,
    reasons,
  };
};
