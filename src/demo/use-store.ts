import { useSyncExternalStore } from 'react';
import type { Store } from './store.ts';

/** The store's value; renders again when it is another. */
export const useStore = <Value>(store: Store<Value>): Value => useSyncExternalStore(store.subscribe, () => store.value);
