import type { LightClient } from '../client/client-api.ts';
import type { PushOf } from '../client/options.ts';
import type { Definition, StateOf } from '../core/definition.ts';

/**
 * Returns the functions that change the application: the same object in every render. `client.push` describes them.
 *
 * @example
 * const push = usePush(client);
 * return <button onClick={() => push.add({ id: 'milk', text: 'Milk' })}>Add</button>;
 */
export const usePush = <Kind extends Definition, State = StateOf<Kind>>(
  client: LightClient<Kind, State>,
): PushOf<Kind> => client.push;
