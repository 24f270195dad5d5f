import type { StandardSchemaV1 } from '@standard-schema/spec';
import { change } from '../core/change.ts';
import type { ChangeDefinition, ChangeParts, Definition } from '../core/definition.ts';
import { firstDifference, snapshot } from './first-difference.ts';

/** Told of what happens inside of the changes of a definition. */
export interface DefinitionObserver {
  /** A schema or a reducer has thrown this. */
  readonly onThrow?: (error: unknown) => void;
  /** A reducer has changed its args, first at this JSON Pointer. */
  readonly onArgsChanged?: (pointer: string) => void;
}

/** The same definition, whose changes also tell the observer. */
export const observeDefinition = <Kind extends Definition>(definition: Kind, observer: DefinitionObserver): Kind => ({
  ...definition,
  changes: Object.fromEntries(
    Object.entries(definition.changes).map(([name, defined]) => [name, observeChange(defined, observer)]),
  ),
});

const observeChange = (
  defined: ChangeDefinition<never, never>,
  { onThrow, onArgsChanged }: DefinitionObserver,
): ChangeDefinition<never, never> => {
  const { parts } = defined;
  const watched = onArgsChanged && parts ? watchOutput(parts, onArgsChanged) : defined;
  return {
    ...defined,
    apply: (tree, args, context) => {
      try {
        // Without a schema the reducer gets the args themselves.
        if (onArgsChanged && !parts) watchArgs(args, onArgsChanged, () => watched.apply(tree, args, context));
        else watched.apply(tree, args, context);
      } catch (error) {
        onThrow?.(error);
        throw error;
      }
    },
  };
};

/** The change anew, with an eye on what the schema has made of the args: the reducer gets that. */
const watchOutput = (
  { schema, reducer }: ChangeParts,
  onArgsChanged: (pointer: string) => void,
): ChangeDefinition<never, never> =>
  change<never, StandardSchemaV1>(schema, (state, args, context) =>
    watchArgs(args, onArgsChanged, () => reducer(state, args as never, context) as never),
  ) as ChangeDefinition<never, never>;

const watchArgs = <Result>(args: unknown, onArgsChanged: (pointer: string) => void, call: () => Result): Result => {
  const before = snapshot(args);
  try {
    return call();
  } finally {
    const pointer = firstDifference(before, snapshot(args));
    if (pointer !== undefined) onArgsChanged(pointer);
  }
};
