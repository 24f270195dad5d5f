import type { Json } from '../protocol/json.ts';
import type { PatchOperation } from '../protocol/patch.ts';

/** A change to push: the name of one of the definition's changes, and its args. */
export interface ChangeRequest {
  readonly name: string;
  readonly args: Json;
}

/** What one change has done to the state. */
export interface ChangeEffect<State = Json> {
  readonly before: State;
  readonly after: State;
  readonly operations: readonly PatchOperation[];
}

/**
 * Makes the change that undoes another one, from the effect of that one: first from that on the view, then from that where
 * the server has applied it. It is called when an undo or `undoDepth` needs it. Returns undefined when it cannot be undone.
 * The change that it returns should be rejected when somebody else has changed the same value
 * since.
 */
export type Inverse<State = Json> = (change: ChangeRequest, effect: ChangeEffect<State>) => ChangeRequest | undefined;
