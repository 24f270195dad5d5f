import type { ReadableAtom } from 'nanostores';
import type { Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { todos } from '../../../src/applications/todos.ts';
import { type Readable, readable } from '../../../src/client/readable.ts';
import { fakeServer } from '../../../src/testing/index.ts';
import { bundlePage } from '../../support/pages/bundle-page.ts';

const PAGE = 'docs/other-stores.md';
type Listen = (run: (value: number) => void) => () => void;

/** What the page makes of a store: another one, as its library has it. */
const LIBRARIES: readonly (readonly [
  name: string,
  file: string,
  listen: (module: never, store: Readable<number>) => Listen,
])[] = [
  [
    'nanostores',
    'atom-of.ts',
    ({ atomOf }: { atomOf: (store: Readable<number>) => ReadableAtom<number> }, store) => {
      const $value = atomOf(store);
      return (run) => $value.subscribe(run);
    },
  ],
  [
    'RxJS',
    'observable-of.ts',
    ({ observableOf }: { observableOf: (store: Readable<number>) => Observable<number> }, store) => {
      const value$ = observableOf(store);
      return (run) => {
        const subscription = value$.subscribe(run);
        return () => subscription.unsubscribe();
      };
    },
  ],
];

describe.each(LIBRARIES)('a store of %s', (_name, file, listen) => {
  it('has the value at once, follows it, ends, and begins again with the newest', async () => {
    const server = fakeServer(todos);
    const client = server.client('alice');
    const module = (await import(await bundlePage(PAGE, file))) as never;
    const subscribe = listen(
      module,
      readable(client, ({ items }) => Object.keys(items).length),
    );
    const seen: number[] = [];
    const end = subscribe((count) => seen.push(count));
    client.push.add({ id: 'tea', text: 'Tea' });
    expect(seen).toEqual([0, 1]);
    server.push({ name: 'add', args: { id: 'milk', text: 'Milk' } });
    await server.settle();
    expect(seen).toEqual([0, 1, 2]);
    end();
    // An atom ends a second after its last listener.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    client.push.add({ id: 'salt', text: 'Salt' });
    expect(seen).toEqual([0, 1, 2]);
    const again: number[] = [];
    subscribe((count) => again.push(count))();
    expect(again.at(-1)).toBe(3);
    server.close();
  });
});
