import { Store } from './store.ts';

const MESSAGES_MAX = 3;

/** The newest first. */
export const messages = new Store<readonly { readonly id: number; readonly text: string }[]>([]);

let said = 0;

export const say = (text: string): void => {
  said += 1;
  messages.set([{ id: said, text }, ...messages.value].slice(0, MESSAGES_MAX));
};
