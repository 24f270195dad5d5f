import { useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import type { LightClient } from '../client/client-api.ts';
import { equalSelections } from '../client/state/equal-selections.ts';
import type { Definition, StateOf } from '../core/definition.ts';

/**
 * Returns the selected part of an application's state, pending changes included, and renders again when it has changed. A
 * selector may make a new array or object each time (`filter`, `map`, `Object.keys`): what is equal to the last one is
 * the last one.
 *
 * When rendering on a server it selects from the state that the client has by then. While hydrating it selects from
 * `client.initialState`, and from the client's state right after: give the page's client the server's state as its option
 * `seed`, and the markup is the same.
 *
 * @param selector called once for each version and each new selector; it need not be the same function in every render
 * @param isEqual whether a selection is still the last one. Default: same, or arrays or objects of the same members
 *
 * @example
 * const open = useApplication(client, (state) => Object.values(state.items).filter(({ done }) => !done));
 */
export const useApplication = <Kind extends Definition, Selected, State = StateOf<Kind>>(
  client: LightClient<Kind, State>,
  selector: (state: State) => Selected,
  isEqual: (last: Selected, next: Selected) => boolean = equalSelections,
): Selected => {
  const subscribe = useCallback((changed: () => void) => client.subscribe((state) => state, changed), [client]);
  const rendered = useRef<Memo<Selected> | undefined>(undefined);
  const snapshots = useMemo(() => {
    const select = memoize(selector, (next) => {
      const last = rendered.current;
      return last !== undefined && isEqual(last.value, next) ? last.value : next;
    });
    return {
      now: () => select(client.state),
      first: () => select(isServer() ? client.state : client.initialState),
    };
  }, [client, selector, isEqual]);
  const value = useSyncExternalStore(subscribe, snapshots.now, snapshots.first);
  useEffect(() => {
    rendered.current = { value };
  }, [value]);
  return value;
};

interface Memo<Value> {
  readonly value: Value;
}

/** Selects once for each state: React compares two snapshots of the same state, and renders for ever if they differ. */
const memoize = <State, Selected>(
  selector: (state: State) => Selected,
  reuse: (next: Selected) => Selected,
): ((state: State) => Selected) => {
  let last: { readonly state: State; readonly value: Selected } | undefined;
  return (state) => {
    if (last === undefined || !Object.is(last.state, state)) last = { state, value: reuse(selector(state)) };
    return last.value;
  };
};

const isServer = (): boolean => !('document' in globalThis);
