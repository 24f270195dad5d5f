import type { Definition, ReasonOf, StateOf } from '../core/definition.ts';
import type { LightClient } from './client-api.ts';
import { equalSelections } from './state/equal-selections.ts';
import type { Status } from './state/status.ts';

/** A value that changes, as a Svelte store is one: what other frameworks and stores are connected with. */
export interface Readable<Value> {
  /** The value now: the same object until it changes. */
  get(): Value;
  /**
   * Calls `run` with the value at once, and again whenever it has changed. What `run` throws at once is thrown here, and
   * nothing is subscribed then; what it throws later is reported as an uncaught error.
   *
   * @returns ends the subscription. `client.close` ends all
   */
  subscribe(run: (value: Value) => void): () => void;
}

/**
 * Makes a store of the selected part of an application's state, pending changes included. It keeps nothing running: the
 * client is subscribed while somebody subscribes.
 *
 * @param selector called once for each state; may make a new array or object each time (`filter`, `map`, `Object.keys`).
 * What it throws, `get` and `subscribe` throw
 * @param isEqual whether a selection is still the last one. Default: same, or arrays or objects of the same members
 *
 * @example
 * const open = readable(client, (state) => Object.values(state.items).filter(({ done }) => !done));
 * const end = open.subscribe((items) => console.log(items.length));
 */
export const readable = <Kind extends Definition, Selected, State = StateOf<Kind>>(
  client: LightClient<Kind, State>,
  selector: (state: State) => Selected,
  isEqual: (last: Selected, next: Selected) => boolean = equalSelections,
): Readable<Selected> => {
  let last: { readonly state: State; readonly value: Selected } | undefined;
  const get = (): Selected => {
    const { state } = client;
    if (last !== undefined && Object.is(last.state, state)) return last.value;
    const next = selector(state);
    const value = last !== undefined && isEqual(last.value, next) ? last.value : next;
    last = { state, value };
    return value;
  };
  return storeOf(get, (run) => client.subscribe(get, run));
};

/** Makes a store of the status of a client: connection, pending changes, version, problems. */
export const readableStatus = <Kind extends Definition, State = StateOf<Kind>>(
  client: LightClient<Kind, State>,
): Readable<Status<ReasonOf<Kind>>> =>
  storeOf(
    () => client.status,
    (run) => client.subscribeStatus(run),
  );

/** @param watch calls back when the value has changed, not at once */
const storeOf = <Value>(get: () => Value, watch: (run: (value: Value) => void) => () => void): Readable<Value> => ({
  get,
  subscribe: (run) => {
    // Before the first call, which may push a change.
    const end = watch(run);
    try {
      run(get());
    } catch (error) {
      end();
      throw error;
    }
    return end;
  },
});
