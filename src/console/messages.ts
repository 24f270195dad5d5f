import { byId } from './element.ts';

const MESSAGES_MAX = 3;

/** The newest first; the list is read out as it grows. */
export const say = (text: string): void => {
  const list = byId('messages');
  const item = document.createElement('li');
  item.textContent = text;
  list.prepend(item);
  list.children[MESSAGES_MAX]?.remove();
};
