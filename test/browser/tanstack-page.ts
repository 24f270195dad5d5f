import { createCollection } from '@tanstack/db';
import { useLiveQuery } from '@tanstack/react-db';
import { createElement as h } from 'react';
import { createRoot } from 'react-dom/client';
import { todos } from '../../src/applications/todos.ts';
import { createClient } from '../../src/client/client.ts';
import { changebucketCollectionOptions } from '../../src/tanstack-db/collection-options.ts';

// What the tests of TanStack DB call in a page: a list by `useLiveQuery`, and the collection behind it.

const open = (application: string) => {
  const client = createClient({ url: location.origin, application, definition: todos });
  const items = createCollection(
    changebucketCollectionOptions({
      client,
      select: (state) => state.items,
      push: (push, { type, key, modified }) => {
        if (type === 'insert') push.add({ id: key, text: modified.text });
        else if (type === 'update') push.complete({ id: key, done: modified.done });
        else push.remove({ id: key });
      },
    }),
  );
  return { client, items };
};

/** Every text that the list has shown, without repetitions. */
const shown: string[] = [];

const List = ({ items }: Pick<ReturnType<typeof open>, 'items'>) => {
  const { data } = useLiveQuery((query) => query.from({ item: items }).orderBy(({ item }) => item.text));
  const text = data.map((item) => `${item.text}${item.done ? '!' : ''}`).join();
  if (shown.at(-1) !== text) shown.push(text);
  return h('p', {}, text);
};

const show = (application: string): void => {
  window.opened = open(application);
  createRoot(document.body.appendChild(document.createElement('div'))).render(h(List, window.opened));
};

declare global {
  interface Window {
    tanstack: { show: typeof show; shown: string[] };
    opened: ReturnType<typeof open>;
  }
}

window.tanstack = { show, shown };
