import { copyJson } from '../client/platform/copy-json.ts';
import type { ChangeDefinition, Definition } from '../core/definition.ts';
import { problemOf, unknownChange } from '../core/drain/reduce.ts';
import { readJson } from '../core/json/json-text.ts';
import { ProblemError } from '../core/json/problem-error.ts';
import { utf8Length } from '../core/json/utf8.ts';
import { CHANGE_NAME, CHANGE_NAME_RULE } from '../protocol/change.ts';
import type { Json } from '../protocol/json.ts';
import { CHANGE_BYTES_MAX } from '../protocol/limits.ts';
import { type Problem, problem } from '../protocol/problems.ts';

/** Args that a server accepts, or why it refuses the change. */
export type AcceptedArgs =
  | { readonly kind: 'accepted'; readonly args: Json }
  | { readonly kind: 'refused'; readonly problem: Problem; readonly error: unknown };

/** Checks a change as the SDK and the server do before it is accepted: its name, that the args are JSON, and their size. */
export const acceptArgs = (name: string, given: unknown = {}): AcceptedArgs => {
  if (!CHANGE_NAME.test(name)) return refuse(problem('invalid-change', `name: ${CHANGE_NAME_RULE}`));
  const copied = copyArgs(given);
  if (copied.kind === 'refused') return copied;
  // The client sends batches: the args are inside of three containers, which count towards the levels of nesting.
  const read = readJson(JSON.stringify({ n: 1, changes: [{ name, args: copied.args }] }));
  if (read.kind === 'problem') return refuse(read.problem);
  const size = utf8Length(JSON.stringify(copied.args));
  if (size <= CHANGE_BYTES_MAX) return copied;
  const detail = `This is ${size}, and ${CHANGE_BYTES_MAX} is the limit.`;
  return refuse(problem('too-large', detail, { size, limit: CHANGE_BYTES_MAX }));
};

/** Checks name and args by the definition, as the server does for `Prefer: precheck` [Q13]. */
export const precheckArgs = (definition: Definition, name: string, args: Json): AcceptedArgs => {
  const defined = changeOf(definition, name);
  if (defined === undefined) return refuse(unknownChange(definition, name), unknownChangeError(definition, name));
  try {
    const issue = defined.check(args as never);
    return issue === undefined ? { kind: 'accepted', args } : refuse(problem('invalid-args', issue));
  } catch (error) {
    return refuse(problemOf(error), error);
  }
};

export const changeOf = ({ changes }: Definition, name: string): ChangeDefinition<never, never> | undefined =>
  Object.hasOwn(changes, name) ? changes[name] : undefined;

/** Names the changes that there are: mostly the name in the test was mistyped. */
export const unknownChangeError = (definition: Definition, name: string): Error => {
  const known = Object.keys(definition.changes).join(', ');
  return new TypeError(`The kind ${definition.name} has no change "${name}". It has: ${known}.`);
};

const copyArgs = (given: unknown): AcceptedArgs => {
  try {
    return { kind: 'accepted', args: copyJson(given) };
  } catch (error) {
    const detail = error instanceof Error ? error.message : 'The args are not JSON.';
    return refuse(problem('not-json', detail), error);
  }
};

const refuse = (reason: Problem, error: unknown = new ProblemError(reason)): AcceptedArgs => ({
  kind: 'refused',
  problem: reason,
  error,
});
