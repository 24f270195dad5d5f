import { useCallback, useSyncExternalStore } from 'react';
import type { LightClient } from '../client/client-api.ts';
import type { PushOf, StateOf } from '../client/options.ts';
import type { Status } from '../client/state/status.ts';
import type { Definition } from '../core/definition.ts';

/**
 * Returns the selected part of an application's state, pending changes included, and renders again when it has changed
 * (`Object.is`). A selector that makes a new object each time would render for ever: select what is there. When rendering
 * on a server: the state that the client has by then.
 *
 * @param selector called in every render and with every version; it need not be the same function
 *
 * @example
 * const items = useApplication(client, (state) => state.items);
 */
export const useApplication = <Kind extends Definition, Selected>(
  client: LightClient<Kind>,
  selector: (state: StateOf<Kind>) => Selected,
): Selected => {
  const subscribe = useCallback((changed: () => void) => client.subscribe((state) => state, changed), [client]);
  const selected = (): Selected => selector(client.state);
  return useSyncExternalStore(subscribe, selected, selected);
};

/**
 * Returns the functions that change the application: the same object in every render. `client.push` describes them.
 *
 * @example
 * const push = usePush(client);
 * return <button onClick={() => push.add({ id: 'milk', text: 'Milk' })}>Add</button>;
 */
export const usePush = <Kind extends Definition>(client: LightClient<Kind>): PushOf<Kind> => client.push;

/** Returns the status of a client (connection, pending changes, version, problems) and renders again when it has changed. */
export const useStatus = <Kind extends Definition>(client: LightClient<Kind>): Status => {
  const subscribe = useCallback((changed: () => void) => client.subscribeStatus(changed), [client]);
  const status = (): Status => client.status;
  return useSyncExternalStore(subscribe, status, status);
};
