// @vitest-environment happy-dom
import { act, createElement as h, type ReactNode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { todos } from '../../../../src/applications/todos.ts';
import type { LightClient } from '../../../../src/client/client-api.ts';
import { useApplication, usePush, useStatus } from '../../../../src/react/react.ts';
import { type FakeServer, fakeServer } from '../../../../src/testing/index.ts';

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });

/** A list with a button for each todo, and one that adds milk. */
const TodoList = ({ client }: { readonly client: LightClient<typeof todos> }): ReactNode => {
  const items = useApplication(client, (state) => Object.entries(state.items));
  const { pending, online } = useStatus(client);
  const push = usePush(client);
  const add = (): void => void push.add({ id: 'milk', text: 'Milk' }).applied.catch(() => undefined);
  return h(
    'section',
    null,
    h('output', null, `${online ? 'online' : 'offline'}, ${pending} pending`),
    h('button', { type: 'button', onClick: add }, 'Add milk'),
    ...items.map(([id, { text, done }]) =>
      h(
        'button',
        { type: 'button', key: id, id, onClick: () => void push.complete({ id, done: !done }) },
        `${text} ${done ? 'done' : 'open'}`,
      ),
    ),
  );
};

describe('a component in a DOM, with the real hooks and a fake server', () => {
  let server: FakeServer<typeof todos>;
  let root: Root;
  const text = (): string => document.body.textContent ?? '';
  const click = (selector: string): void => act(() => document.querySelector<HTMLButtonElement>(selector)?.click());
  const settle = (): Promise<void> => act(() => server.settle());

  beforeEach(async () => {
    server = fakeServer(todos);
    document.body.innerHTML = '<main></main>';
    root = createRoot(document.querySelector('main') as HTMLElement);
    act(() => root.render(h(TodoList, { client: server.client('alice') })));
    await settle();
  });
  afterEach(() => {
    vi.useRealTimers();
    act(() => root.unmount());
    server.close();
  });

  it('shows a change at once, and then what the server makes of it', async () => {
    expect(text()).toBe('online, 0 pendingAdd milk');
    click('button');
    expect(text()).toBe('online, 1 pendingAdd milkMilk open');
    await settle();
    expect(text()).toBe('online, 0 pendingAdd milkMilk open');
    expect(server.state.items['milk']?.by).toBe('alice');
    click('#milk');
    expect(text()).toContain('Milk done');
    await settle();
    expect(server.state.items['milk']?.done).toBe(true);
  });

  it('shows what others do', async () => {
    server.push({ name: 'add', args: { id: 'tea', text: 'Tea' }, user: 'bob' });
    await settle();
    expect(text()).toContain('Tea open');
  });

  it('takes a refused change back', async () => {
    server.refuse('forbidden');
    click('button');
    expect(text()).toContain('Milk open');
    await settle();
    expect(text()).toBe('online, 0 pendingAdd milk');
  });

  it('goes on offline, and catches up', async () => {
    act(() => server.offline());
    click('button');
    await settle();
    expect(text()).toBe('offline, 1 pendingAdd milkMilk open');
    server.push({ name: 'add', args: { id: 'tea', text: 'Tea' } });
    act(() => server.online());
    await settle();
    expect(text()).toBe('online, 0 pendingAdd milkTea openMilk open');
  });

  it('stays as it is while the network is slow', async () => {
    server.slow(60);
    click('button');
    await act(() => new Promise((resolve) => setTimeout(resolve, 15)));
    expect([text(), server.state.items]).toEqual(['online, 1 pendingAdd milkMilk open', {}]);
    await settle();
    expect(text()).toBe('online, 0 pendingAdd milkMilk open');
  });

  it('works with the timers of the test', async () => {
    vi.useFakeTimers();
    click('button');
    await settle();
    expect(text()).toBe('online, 0 pendingAdd milkMilk open');
  });
});
