import { useSyncExternalStore } from 'react';
import type { Store } from './store.ts';

/** The store's value. The component renders again when it changes. */
export const useStore = <Value>(store: Store<Value>): Value => useSyncExternalStore(store.subscribe, () => store.value);
