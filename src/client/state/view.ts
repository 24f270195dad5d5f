import type { Json } from '../../protocol/json.ts';
import type { PatchOperation } from '../../protocol/patch.ts';
import { frozenCopy } from '../platform/frozen.ts';
import type { PendingChange } from '../push/pending-queue.ts';
import type { Confirmed } from './state-update.ts';

/** Makes the state to show of the confirmed state and the pending changes. Each state of it is frozen: pages get it as it is. */
export interface View {
  /** The state to show before a confirmed one is known. */
  readonly initial: Json;
  /** The state of an application that nobody has changed, shown when the subject may not see any other. */
  readonly empty: Json;
  /** Replaces the confirmed state. @param patch leads there from the one before; undefined when that is not known */
  confirm(confirmed: Confirmed, patch: readonly PatchOperation[] | undefined): void;
  /** Applies the pending changes, in order, to the confirmed state. */
  rebase(pending: readonly PendingChange[], client: string): void;
  /** The state to show: `===` while nothing of it changes. */
  readonly shown: Json;
}

/** A view that shows the confirmed state alone, for clients without reducers. */
export const confirmedView = (first: Json, empty: Json): View => {
  const initial = frozenCopy(first);
  let confirmed = initial;
  return {
    initial,
    empty: frozenCopy(empty),
    confirm: ({ state }) => {
      confirmed = state;
    },
    rebase: () => undefined,
    get shown() {
      return confirmed;
    },
  };
};
