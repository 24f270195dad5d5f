import { Store } from './store.ts';

const MESSAGES_MAX = 3;

/** The newest first. */
export const messages = new Store<readonly { readonly id: number; readonly text: string }[]>([]);

let shown = 0;

export const toast = (text: string): void => {
  shown += 1;
  messages.set([{ id: shown, text }, ...messages.value].slice(0, MESSAGES_MAX));
};
