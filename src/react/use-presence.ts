import { useCallback, useEffect, useSyncExternalStore } from 'react';
import type { Client } from '../client/open-client.ts';
import type { Peers } from '../client/presence/peers.ts';
import type { Definition, StateOf } from '../core/definition.ts';
import type { Json } from '../protocol/json.ts';

/**
 * Returns the other users of the application and renders again when something of them has changed. With `data` it shows
 * that to them while the component is there. Nobody is there without a socket, on a server and while hydrating.
 *
 * A browser has one presence: give `data` in one component only, the last one counts.
 *
 * @param data up to 1 KB of JSON, as `JSON.stringify` prints it. It may be a new object in every render: it is sent when
 * its text has changed. Default: shows nothing
 *
 * @example
 * const { self, peers } = usePresence(client, { editing: id });
 * return <p>{peers.filter(({ peer }) => peer !== self).map(({ user }) => user).join(', ')}</p>;
 */
export const usePresence = <Kind extends Definition, State = StateOf<Kind>>(
  { presence }: Client<Kind, State>,
  data?: Json,
): Peers => {
  const subscribe = useCallback((changed: () => void) => presence.subscribe(changed), [presence]);
  const text = data === undefined ? undefined : JSON.stringify(data);
  const isShown = text !== undefined;
  useEffect(() => {
    if (text !== undefined) presence.set(JSON.parse(text) as Json);
  }, [presence, text]);
  useEffect(() => (isShown ? () => presence.set(null) : undefined), [presence, isShown]);
  return useSyncExternalStore(
    subscribe,
    () => presence.peers,
    () => NOBODY,
  );
};

const NOBODY: Peers = { self: undefined, peers: [] };
