import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Json } from '../protocol/json.ts';
import type { ChangeDefinition, Reducer } from './definition.ts';
import { firstIssue, parseArgs, requireSynchronous, type Synchronous } from './schema.ts';
import { applyReturned, draftOf } from './state/draft.ts';
import type { Tree } from './state/tree.ts';
import type { UnknownState } from './state-type.ts';

/**
 * Defines a change by a schema for its args and a reducer, outside of a definition: for a change that several definitions
 * share, or that has a file of its own. Annotate the state: `(state: State, args) => ...`. In a definition, the function
 * that `changes` gets is the same and knows the state.
 *
 * @param schema any Standard Schema (valibot, zod, arktype ...); it must be synchronous. The reducer gets its output, a
 * client pushes its input. Its first issue is told to whoever pushes args that do not fit (`invalid-args`); what it throws
 * is not, as with a reducer
 */
export const change = <State = UnknownState, Schema extends StandardSchemaV1 = StandardSchemaV1>(
  schema: Schema & Synchronous,
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
