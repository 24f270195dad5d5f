import type { Json } from '../../protocol/json.ts';
import type { PatchOperation } from '../../protocol/patch.ts';
import type { PendingChange } from '../push/pending-queue.ts';

/** What a change does to what is shown: for undoing it. */
export interface ChangeEffect {
  readonly before: Json;
  readonly after: Json;
  readonly operations: readonly PatchOperation[];
}

/** What is shown: the confirmed state with the pending changes on top. */
export interface View {
  /** What is shown before anything is known. */
  readonly initial: Json;
  /** The confirmed state has become another, by the patch when there is one. */
  confirm(state: Json, version: number, patch: readonly PatchOperation[] | undefined): void;
  /** The confirmed state with these on top, in order. */
  show(pending: readonly PendingChange[], client: string): Json;
}

/** Shows the confirmed state alone: for clients that only read, or that have no room for reducers. */
export const confirmedView = (initial: Json): View => {
  let confirmed = initial;
  return {
    initial,
    confirm: (state) => {
      confirmed = state;
    },
    show: () => confirmed,
  };
};
