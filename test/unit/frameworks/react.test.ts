// @vitest-environment happy-dom
import {
  act,
  Component,
  createElement as h,
  type ReactNode,
  StrictMode,
  Suspense,
  startTransition,
  use,
  useEffect,
  useLayoutEffect,
  useState,
} from 'react';
import { createRoot, hydrateRoot, type Root } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { todos } from '../../../src/applications/todos.ts';
import { createClient } from '../../../src/client/client.ts';
import { seedOf } from '../../../src/client/seed-of.ts';
import { memoryStorage } from '../../../src/client/storage/storage.ts';
import type { StateOf } from '../../../src/core/definition.ts';
import { useApplication, usePending, usePresence, useStatus, useUndo } from '../../../src/react/react.ts';
import { type FakeServer, fakeServer } from '../../../src/testing/index.ts';
import { PATIENT } from '../../support/patience.ts';
import { counted, type TodosClient } from './counted-client.ts';

type State = StateOf<typeof todos>;
const ids = ({ items }: State): string[] => Object.keys(items);
/** Selectors that make something new in each call. */
const SELECTORS: Readonly<Record<string, (state: State) => unknown>> = {
  'nested objects': ({ items }) => Object.entries(items).map(([id, { text }]) => ({ id, label: { text } })),
  functions: ({ items }) => Object.keys(items).map((id) => () => id),
  'one function': () => () => 'always another one',
  'a Map': ({ items }) => new Map(Object.entries(items)),
  'an array': ids,
  NaN: () => Number.NaN,
};

class Boundary extends Component<{ readonly children?: ReactNode }> {
  static getDerivedStateFromError = (error: Error) => ({ message: error.message });
  override state: { message?: string } = {};
  override render = (): ReactNode => this.state.message ?? this.props.children;
}

const fail = (): never => {
  throw new Error('no');
};

let server: FakeServer<typeof todos>;
let target: HTMLElement;
let root: Root;
const errors: unknown[] = [];
const said = vi.spyOn(console, 'error').mockImplementation((...all) => void errors.push(all));
const text = (): string => target.textContent ?? '';
const render = (node: ReactNode): void => act(() => root.render(node));
const settle = (): Promise<void> => act(() => server.settle());
const push = (client: TodosClient, id: string): void =>
  act(() => void client.push.add({ id, text: id }).applied.catch(() => undefined));

beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  errors.length = 0;
  server = fakeServer(todos);
  target = document.body.appendChild(document.createElement('main'));
  root = createRoot(target);
});
afterEach(() => {
  act(() => root.unmount());
  server.close();
  expect(said).toHaveBeenCalledTimes(errors.length);
  said.mockClear();
});

describe.each([
  ['at once', (node: ReactNode) => node],
  ['under StrictMode', (node: ReactNode) => h(StrictMode, null, node)],
] as const)('useApplication, %s', (_mode, wrap) => {
  it.each(Object.keys(SELECTORS))('does not loop on a selector that makes %s', async (name) => {
    const { client, open } = counted(server.client());
    let renders = 0;
    let effects = 0;
    const Shown = (): ReactNode => {
      renders += 1;
      const value = useApplication(client, (state) => SELECTORS[name]?.(state));
      useEffect(() => {
        effects += value === undefined ? 0 : 1;
      }, [value]);
      return h('p', null, ids(client.state).join());
    };
    render(wrap(h(Shown)));
    push(client, 'a');
    await settle();
    server.push({ name: 'add', args: { id: 'b', text: 'b' } });
    await settle();
    expect(renders).toBeLessThan(20);
    expect(effects).toBeLessThanOrEqual(renders);
    render(null);
    expect([open(), errors]).toEqual([0, []]);
  });

  it('renders only when the selection has changed', async () => {
    const client = server.client();
    let renders = 0;
    const Shown = (): ReactNode => {
      renders += 1;
      return h('p', null, useApplication(client, ids).join());
    };
    render(wrap(h(Shown)));
    push(client, 'a');
    await settle();
    const before = renders;
    for (const done of [true, false, true]) server.push({ name: 'complete', args: { id: 'a', done } });
    await settle();
    expect([text(), renders]).toEqual(['a', before]);
  });

  it('follows another selector and another client, and leaves the first one', async () => {
    const other = fakeServer(todos);
    const [first, second] = [counted(server.client()), counted(other.client())];
    const Shown = ({ client, isCount }: { client: TodosClient; isCount: boolean }): ReactNode =>
      h(
        'p',
        null,
        `${useApplication<typeof todos, unknown>(client, isCount ? ({ items }) => Object.keys(items).length : ids)}`,
      );
    push(first.client, 'a');
    render(wrap(h(Shown, { client: first.client, isCount: false })));
    expect(text()).toBe('a');
    render(wrap(h(Shown, { client: first.client, isCount: true })));
    expect(text()).toBe('1');
    render(wrap(h(Shown, { client: second.client, isCount: true })));
    expect([text(), first.open(), second.open()]).toEqual(['0', 0, 1]);
    push(second.client, 'b');
    render(wrap(h(Shown, { client: second.client, isCount: false })));
    expect(text()).toBe('b');
    push(first.client, 'c');
    expect([text(), errors]).toEqual(['b', []]);
    other.close();
  });

  it('gives what a selector throws to the nearest boundary, and goes on afterwards', async () => {
    const client = server.client();
    const Strict = (): ReactNode =>
      useApplication(client, ({ items }) => (items['bad'] ? fail() : ids({ items }).join()));
    const Calm = (): ReactNode => ` ${useApplication(client, ids).join()}`;
    const tree = (key: string): ReactNode => wrap([h(Boundary, { key }, h(Strict)), h(Calm, { key: 'calm' })]);
    render(tree('1'));
    push(client, 'bad');
    expect(text()).toBe('no bad');
    expect(errors.length).toBeGreaterThan(0);
    act(() => void client.push.remove({ id: 'bad' }));
    render(tree('2'));
    push(client, 'good');
    expect(text()).toBe('good good');
    await settle();
  });

  it('removes the component of something that is gone before its selector sees that', async () => {
    const client = server.client();
    for (const id of ['a', 'b']) push(client, id);
    const Item = ({ id }: { id: string }): ReactNode =>
      h(
        'li',
        null,
        useApplication(client, ({ items }) => (items[id] as { text: string }).text),
      );
    const List = (): ReactNode => useApplication(client, ids).map((id) => h(Item, { key: id, id }));
    render(wrap(h(List)));
    act(() => void client.push.remove({ id: 'a' }));
    await settle();
    expect([text(), errors]).toEqual(['b', []]);
  });

  it('is quiet when the component goes while a change is pending, and when the client is closed', async () => {
    const { client, open } = counted(server.client());
    const Shown = (): ReactNode => `${useApplication(client, ids)} ${useStatus(client).pending}`;
    render(wrap(h(Shown)));
    push(client, 'a');
    expect(text()).toBe('a 1');
    render(null);
    await settle();
    expect(open()).toBe(0);
    render(wrap(h(Shown)));
    act(() => client.close());
    expect([text(), errors]).toEqual(['a 0', []]);
  });
});

describe('the hooks', () => {
  it('show one state in all components, while a transition renders and changes come', async () => {
    vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', false);
    const client = server.client();
    const commits: string[][] = [];
    const Slow = ({ turn }: { turn: number }): ReactNode => {
      const count = useApplication(client, ({ items }) => Object.keys(items).length);
      const end = performance.now() + 3;
      while (performance.now() < end);
      return h('i', null, `${turn}:${count}`);
    };
    let go = (): void => undefined;
    const All = (): ReactNode => {
      const [turn, setTurn] = useState(0);
      go = () => startTransition(() => setTurn((last) => last + 1));
      useLayoutEffect(() => {
        commits.push([...target.querySelectorAll('i')].map((each) => (each.textContent ?? '').split(':')[1] ?? ''));
      });
      return Array.from({ length: 12 }, (_, key) => h(Slow, { key, turn }));
    };
    root.render(h(All));
    await vi.waitFor(() => expect(text()).toContain('0:0'), PATIENT);
    for (let change = 1; change <= 3; change += 1) {
      go();
      await new Promise((resolve) => setTimeout(resolve, 12));
      client.push.add({ id: `t${change}`, text: 'in between' });
    }
    await vi.waitFor(() => expect(text()).toBe('3:3'.repeat(12)), PATIENT);
    for (const commit of commits) expect(new Set(commit).size).toBe(1);
    expect(errors).toEqual([]);
    vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  });

  it('usePending renders when the number of changes does, and no more', async () => {
    const client = server.client();
    const seen: string[] = [];
    const Shown = (): ReactNode => {
      const { count, isSaved } = usePending(client);
      seen.push(`${count} ${isSaved}`);
      return null;
    };
    render(h(Shown));
    await settle();
    push(client, 'a');
    await settle();
    for (const done of [true, false]) server.push({ name: 'complete', args: { id: 'a', done } });
    await settle();
    expect([seen, client.status.version]).toEqual([['0 true', '1 false', '0 true'], 3]);
  });

  it('useUndo undoes and redoes, and renders when there is more or less to undo', async () => {
    const client = server.client();
    const seen: string[] = [];
    let renders = 0;
    const Buttons = (): ReactNode => {
      const { undo, redo, undoDepth, redoDepth, canUndo, canRedo } = useUndo(client);
      renders += 1;
      seen.push(`${undoDepth} ${redoDepth} ${canUndo} ${canRedo}`);
      return [
        h('button', { type: 'button', key: 'undo', onClick: undo }),
        h('button', { type: 'button', key: 'redo', onClick: redo }),
      ];
    };
    const click = (index: number): void => act(() => target.querySelectorAll('button')[index]?.click());
    render(h(Buttons));
    expect(seen.at(-1)).toBe('0 0 false false');
    push(client, 'a');
    expect(seen.at(-1)).toBe('1 0 true false');
    act(() => void client.push.complete({ id: 'a', done: true }));
    expect(seen.at(-1)).toBe('2 0 true false');
    click(0);
    expect([seen.at(-1), client.state.items['a']?.done]).toEqual(['1 1 true true', false]);
    click(1);
    expect([seen.at(-1), client.state.items['a']?.done]).toEqual(['2 0 true false', true]);
    await settle();
    const before = renders;
    server.push({ name: 'add', args: { id: 'of another one', text: '' } });
    await settle();
    expect([renders, seen.at(-1)]).toEqual([before, '2 0 true false']);
    server.refuse('forbidden');
    push(client, 'b');
    expect(seen.at(-1)).toBe('3 0 true false');
    await settle();
    expect([seen.at(-1), errors]).toEqual(['2 0 true false', []]);
  });

  it.each([['as it is'], ['under StrictMode']])('usePresence shows data while it is there, %s', async (mode) => {
    const [alice, bob] = [counted(server.client('alice')), server.client('bob')];
    const others = (): unknown[] =>
      bob.presence.peers.peers.filter(({ user }) => user === 'alice').map(({ data }) => data);
    const Shown = ({ at }: { at?: string }): ReactNode => {
      // A new object in each render.
      const { peers } = usePresence(alice.client, at === undefined ? undefined : { at });
      return peers.filter(({ user }) => user === 'bob').map(({ data }) => JSON.stringify(data));
    };
    const wrap = (node: ReactNode): ReactNode => (mode === 'as it is' ? node : h(StrictMode, null, node));
    bob.presence.set('there');
    const set = vi.spyOn(alice.client.presence, 'set');
    const shows = (expected: unknown): Promise<void> =>
      act(() => vi.waitFor(() => expect(others()).toEqual(expected), PATIENT));
    render(wrap(h(Shown, { at: 'top' })));
    await settle();
    await shows([{ at: 'top' }]);
    const calls = set.mock.calls.length;
    render(wrap(h(Shown, { at: 'top' })));
    expect(set).toHaveBeenCalledTimes(calls);
    render(wrap(h(Shown, { at: 'end' })));
    await shows([{ at: 'end' }]);
    expect(set.mock.calls.slice(calls)).toEqual([[{ at: 'end' }]]);
    act(() => bob.presence.set('here'));
    await act(() => vi.waitFor(() => expect(text()).toBe('"here"'), PATIENT));
    render(wrap(h(Shown)));
    await shows([]);
    render(wrap(h(Shown, { at: 'again' })));
    await shows([{ at: 'again' }]);
    render(null);
    await shows([]);
    expect(errors).toEqual([]);
  });
});

describe('a client of a part', () => {
  it('has the hooks, typed by the part, and begins with a seed of it', async () => {
    const known: string[] = [];
    const client = createClient({
      url: 'http://part.test',
      application: 'alice/list',
      definition: todos,
      path: '/items',
      transport: 'poll',
      storage: memoryStorage(),
      seed: { state: { a: { text: 'A', done: false, created: 0, by: 'alice' } }, etag: '"e1.5"' },
      fetch: ((input: string, init: RequestInit) => {
        known.push(`${new URL(input).search} ${new Headers(init.headers).get('If-None-Match')}`);
        return Promise.resolve(new Response(null, { status: 304 }));
      }) as typeof fetch,
    });
    const Part = (): ReactNode => {
      use(client.loaded);
      const texts = useApplication(client, (items) => Object.values(items ?? {}).map((item) => item.text));
      return [texts, usePending(client).count, useStatus(client).version, useUndo(client).undoDepth].join();
    };
    await act(async () => root.render(h(Suspense, { fallback: 'Loading' }, h(Part))));
    expect([text(), seedOf(client).etag, client.confirmed]).toEqual(['A,0,5,0', '"e1.5"', client.state]);
    expect(known[0]).toMatch(/^\?path=(%2F|\/)items "e1.5"$/);
    client.close();
  });
});

describe('use(client.loaded)', () => {
  const Loaded = ({ client }: { client: TodosClient }): ReactNode => {
    use(client.loaded);
    return useApplication(client, ids).join();
  };
  const tree = (client: TodosClient): ReactNode =>
    h(StrictMode, null, h(Boundary, null, h(Suspense, { fallback: 'Loading' }, h(Loaded, { client }))));

  it('shows a fallback until there is a state, and none with a seed', async () => {
    server.push({ name: 'add', args: { id: 'a', text: 'A' } });
    act(() => server.offline());
    const client = server.client();
    await act(async () => root.render(tree(client)));
    expect(text()).toBe('Loading');
    act(() => server.online());
    await settle();
    await act(() => client.loaded);
    expect(text()).toBe('a');
    const seed = seedOf(client);
    act(() => server.offline());
    const shown = new Set<string>();
    const watch = new MutationObserver(() => shown.add(text()));
    watch.observe(target, { childList: true, subtree: true, characterData: true });
    await act(async () => root.render(null));
    await act(async () => root.render(tree(server.client('alice', { seed }))));
    watch.disconnect();
    expect([text(), shown.has('Loading'), errors]).toEqual(['a', false, []]);
    act(() => server.online());
    await settle();
  });

  it('gives a refusal to the nearest boundary', async () => {
    const refused = new Response(
      '{"type":"urn:changebucket:problem:forbidden","title":"No","status":403,"detail":"no"}',
      {
        status: 403,
      },
    );
    const client = createClient({
      url: 'http://refused.test',
      application: 'alice/list',
      definition: todos,
      transport: 'poll',
      storage: memoryStorage(),
      fetch: (() => Promise.resolve(refused.clone())) as typeof fetch,
    });
    await act(async () => root.render(tree(client)));
    await act(() => client.loaded.catch(() => undefined));
    await act(() => vi.waitFor(() => expect(text()).toMatch(/forbidden|No/), PATIENT));
    client.close();
  });
});

describe('hydration', () => {
  // React itself takes NaN for a snapshot that is not cached.
  it.each(Object.keys(SELECTORS).filter((name) => name !== 'NaN'))(
    'finds the markup of the server with a selector that makes %s',
    async (name) => {
      const state: State = { items: { a: { text: 'A', done: false, created: 0, by: 'alice' } } };
      const [forServer, client] = [
        server.client('alice', { seed: { state } }),
        server.client('alice', { seed: { state } }),
      ];
      const print = (value: unknown): string => JSON.stringify(value instanceof Map ? [...value] : value) ?? 'none';
      const Shown = ({ of }: { of: TodosClient }): ReactNode => {
        const value = useApplication(of, (state) => SELECTORS[name]?.(state));
        return h('p', null, print(value), usePending(of).count, useStatus(of).transport, usePresence(of).peers.length);
      };
      vi.stubGlobal('document', undefined);
      const html = renderToString(h(Shown, { of: forServer }));
      vi.unstubAllGlobals();
      vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
      target = document.body.appendChild(document.createElement('main'));
      target.innerHTML = html;
      // The page's client has got on before React begins.
      push(client, 'b');
      const recovered: unknown[] = [];
      const options = { onRecoverableError: (error: unknown) => void recovered.push(error) };
      act(() => {
        root = hydrateRoot(target, h(StrictMode, null, h(Shown, { of: client })), options);
      });
      expect(text()).not.toBe(html.replace(/<.*?>/g, ''));
      expect([recovered, errors]).toEqual([[], []]);
      await settle();
    },
  );
});
