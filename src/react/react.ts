import { useCallback, useSyncExternalStore } from 'react';
import type { LightClient } from '../client/client-api.ts';
import type { PushOf, StateOf } from '../client/options.ts';
import type { Status } from '../client/state/status.ts';
import type { Definition } from '../core/definition.ts';

/**
 * What the selector picks from an application's state, optimistic changes included. Renders again when it is another
 * (`Object.is`): pick what is there rather than making something new of it. On a server: from the initial state.
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

/** What changes the application: `const push = usePush(client); push.add({ … })`. The same in every render. */
export const usePush = <Kind extends Definition>(client: LightClient<Kind>): PushOf<Kind> => client.push;

/** How the client does: transport, online, pending, lag, version, error, signal. */
export const useStatus = <Kind extends Definition>(client: LightClient<Kind>): Status => {
  const subscribe = useCallback((changed: () => void) => client.subscribeStatus(changed), [client]);
  const status = (): Status => client.status;
  return useSyncExternalStore(subscribe, status, status);
};
