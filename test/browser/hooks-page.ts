import { Fragment, createElement as h, StrictMode, Suspense, use, useEffect, useState } from 'react';
import { createRoot, hydrateRoot, type RootOptions } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { createClient } from '../../src/client/client.ts';
import type { Seed } from '../../src/client/state/seed.ts';
import { memoryStorage } from '../../src/client/storage/storage.ts';
import type { Json } from '../../src/protocol/json.ts';
import { useApplication, usePending, usePresence, usePush, useStatus, useUndo } from '../../src/react/react.ts';

// What the tests of the hooks call in a page: React applications over the document of one application.

type Items = Readonly<Record<string, { readonly text: string; readonly done?: boolean }>>;
const itemsOf = (state: Json): Items => (state as { items?: Items }).items ?? {};

/** Selectors by what they make. All but the first make something new in each call. */
const SELECTORS = {
  part: (state: Json): unknown => (state as { items?: unknown }).items,
  object: (state: Json): unknown => Object.fromEntries(Object.entries(itemsOf(state)).filter(([, { done }]) => !done)),
  array: (state: Json): unknown => Object.keys(itemsOf(state)),
  nested: (state: Json): unknown => Object.entries(itemsOf(state)).map(([id, { text }]) => ({ id, text })),
  map: (state: Json): unknown => new Map(Object.entries(itemsOf(state))),
  nothing: (): unknown => undefined,
  date: (): unknown => new Date(0),
};
export type SelectorName = keyof typeof SELECTORS;

const open = (application: string, seed?: Seed<Json>) =>
  createClient({ url: location.origin, application, transport: 'poll', interval: 50, seed });
type DocumentClient = ReturnType<typeof open>;

const seen = { errors: [] as string[], renders: 0 };
const note = (error: unknown): void => {
  seen.errors.push(String(error).slice(0, 300));
};
console.error = (...all: unknown[]) => note(all.map(String).join(' '));
window.addEventListener('error', ({ message }) => note(message));
const options: RootOptions = { onUncaughtError: note, onCaughtError: note, onRecoverableError: note };

const textOf = (value: unknown): string =>
  JSON.stringify(value instanceof Map ? ['map', ...value] : (value ?? null)).replaceAll('"', '');

const Shown = ({ client, name }: { client: DocumentClient; name: SelectorName }) => {
  seen.renders += 1;
  const push = usePush(client);
  // A new function in every render, as most applications write them.
  const value = useApplication(client, (state) => SELECTORS[name](state));
  const { pending } = useStatus(client);
  return h(
    'p',
    { onClick: () => push.merge({ items: { a: { done: true } } }), 'data-pending': pending },
    textOf(value),
  );
};

const Swapping = ({ clients, names }: { clients: readonly DocumentClient[]; names: readonly SelectorName[] }) => {
  const [turn, setTurn] = useState(0);
  window.hooks.swap = () => setTurn((last) => last + 1);
  const client = clients[turn % clients.length] as DocumentClient;
  return h(Shown, { client, name: names[turn % names.length] as SelectorName });
};

/** The client is made and closed by an effect: StrictMode does so twice. */
const Owner = ({ application }: { application: string }) => {
  const [client, setClient] = useState<DocumentClient>();
  useEffect(() => {
    const own = open(application);
    setClient(own);
    return () => own.close();
  }, [application]);
  return client === undefined ? null : h(Shown, { client, name: 'part' });
};

/** Somebody who shows a name to the others, waits for the state, and undoes. */
const Member = ({ client, name }: { client: DocumentClient; name: string }) => {
  use(client.loaded);
  const { self, peers } = usePresence(client, { name });
  const { undo, redo, canUndo, canRedo } = useUndo(client);
  const { isSaved } = usePending(client);
  const others = peers.filter(({ peer }) => peer !== self).map(({ data }) => (data as { name: string }).name);
  const title = useApplication(client, (state) => (state as { title?: string }).title);
  const button = (id: string, onClick: () => unknown, disabled = false) =>
    h('button', { type: 'button', id, onClick, disabled }, id);
  return [
    h('p', { key: 'p' }, `${title} ${isSaved ? 'saved' : 'saving'} ${others.join()}`),
    button('name', () => client.push.merge({ title: name })),
    button('undo', undo, !canUndo),
    button('redo', redo, !canRedo),
  ].map((each, key) => h(Fragment, { key }, each));
};

const place = (): HTMLElement => document.body.appendChild(document.createElement('div'));

const hooks = {
  seen,
  swap: () => undefined as void,
  show: (applications: readonly string[], names: readonly SelectorName[]) => {
    const clients = applications.map((application) => open(application));
    createRoot(place(), options).render(h(StrictMode, null, h(Swapping, { clients, names })));
  },
  own: (application: string) => {
    createRoot(place(), options).render(h(StrictMode, null, h(Owner, { application })));
  },
  join: (application: string, name: string) => {
    // A store of its own: all tabs that share one are one peer.
    const client = createClient({ url: location.origin, application, transport: 'socket', storage: memoryStorage() });
    const root = createRoot(place(), options);
    root.render(h(StrictMode, null, h(Suspense, { fallback: h('p', null, 'Loading') }, h(Member, { client, name }))));
    window.hooks.leave = () => root.unmount();
  },
  leave: () => undefined as void,
  /** Hydrates what a server has rendered, once the page's client knows the state. */
  hydrate: async (application: string, name: SelectorName, seedJson?: string) => {
    const seed = seedJson === undefined ? undefined : (JSON.parse(seedJson) as Seed<Json>);
    const client = open(application, seed);
    const server = createClient({
      url: 'http://nowhere.test',
      application,
      fetch: () => new Promise(() => undefined),
      transport: 'poll',
      seed,
    });
    const container = place();
    container.innerHTML = renderToString(h(Shown, { client: server, name }));
    const html = container.textContent;
    server.close();
    for (let waited = 0; client.confirmed === undefined; waited += 10) {
      if (waited > 60_000) throw new Error('The client did not learn the state.');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    hydrateRoot(container, h(StrictMode, null, h(Shown, { client, name })), options);
    return html;
  },
};

declare global {
  interface Window {
    hooks: typeof hooks;
  }
}
window.hooks = hooks;
