import { useCallback, useMemo, useSyncExternalStore } from 'react';
import type { LightClient } from '../client/client-api.ts';
import { NOT_CONNECTED, type Status } from '../client/state/status.ts';
import type { Definition, ReasonOf, StateOf } from '../core/definition.ts';

/**
 * Returns the status of a client (connection, pending changes, version, problems) and renders again when it has changed.
 * On a server and while hydrating it is that of a client that has not connected yet.
 */
export const useStatus = <Kind extends Definition, State = StateOf<Kind>>(
  client: LightClient<Kind, State>,
): Status<ReasonOf<Kind>> => useOfStatus(client, statusItself);

/** The changes that the server's state does not contain yet. */
export interface Pending {
  /** Their number, of all tabs of this browser. */
  readonly count: number;
  /** True when there is none: the server has applied or refused everything. */
  readonly isSaved: boolean;
}

/**
 * Returns how many changes are not saved yet. Renders again when that number has changed, not with every version as
 * `useStatus` does. On a server and while hydrating nothing is pending.
 *
 * @example
 * const { isSaved } = usePending(client);
 * return <p>{isSaved ? 'Saved' : 'Saving …'}</p>;
 */
export const usePending = <Kind extends Definition, State = StateOf<Kind>>(
  client: LightClient<Kind, State>,
): Pending => {
  const count = useOfStatus(client, pendingOf);
  return useMemo(() => ({ count, isSaved: count === 0 }), [count]);
};

const statusItself = (status: Status): Status => status;
const pendingOf = ({ pending }: Status): number => pending;

const useOfStatus = <Kind extends Definition, State, Part>(
  client: LightClient<Kind, State>,
  select: (status: Status) => Part,
): Part => {
  const subscribe = useCallback((changed: () => void) => client.subscribeStatus(changed), [client]);
  return useSyncExternalStore(
    subscribe,
    () => select(client.status),
    () => select(INITIAL_STATUS),
  );
};

const INITIAL_STATUS: Status = { ...NOT_CONNECTED, pending: 0, version: undefined, epoch: undefined };
