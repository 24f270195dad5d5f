import { useCallback, useMemo, useSyncExternalStore } from 'react';
import type { Client } from '../client/open-client.ts';
import type { UndoControls } from '../client/undo/undo-history.ts';
import type { Definition, StateOf } from '../core/definition.ts';

/** What a page needs for its undo and redo buttons. */
export interface Undo extends Pick<UndoControls, 'undo' | 'redo' | 'undoDepth' | 'redoDepth'> {
  /** Whether there is a step to undo. */
  readonly canUndo: boolean;
  /** Whether there is a step to redo. */
  readonly canRedo: boolean;
}

/**
 * Returns undo and redo of what this tab has pushed, and renders again when there are more or fewer steps. On a server and
 * while hydrating there are none.
 *
 * @example
 * const { undo, canUndo } = useUndo(client);
 * return <button disabled={!canUndo} onClick={undo}>Undo</button>;
 */
export const useUndo = <Kind extends Definition, State = StateOf<Kind>>(client: Client<Kind, State>): Undo => {
  const subscribe = useCallback((changed: () => void) => client.subscribeUndo(changed), [client]);
  const undoDepth = useSyncExternalStore(subscribe, () => client.undoDepth, none);
  const redoDepth = useSyncExternalStore(subscribe, () => client.redoDepth, none);
  return useMemo(() => {
    const { undo, redo } = client;
    return { undo, redo, undoDepth, redoDepth, canUndo: undoDepth > 0, canRedo: redoDepth > 0 };
  }, [client, undoDepth, redoDepth]);
};

const none = (): number => 0;
