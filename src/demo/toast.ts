import { Store } from './store.ts';

const MESSAGES_MAX = 3;

/** The messages on the page, the newest first. */
export const messages = new Store<readonly { readonly id: number; readonly text: string }[]>([]);

let lastId = 0;

/** Shows a message. Beyond three, the oldest goes. */
export const toast = (text: string): void => {
  lastId += 1;
  messages.set([{ id: lastId, text }, ...messages.value].slice(0, MESSAGES_MAX));
};
