// @vitest-environment happy-dom
import { describe, expect, it, vi } from 'vitest';
import { todos } from '../../../src/applications/todos.ts';
import { fakeServer } from '../../../src/testing/index.ts';
import { bundlePage } from '../../support/pages/bundle-page.ts';
import { counted } from './counted-client.ts';
import { FRAMEWORKS } from './frameworks.ts';

// The components in the pages of the frameworks, compiled by these and run in a DOM, over a fake server.

describe.each(FRAMEWORKS)('the component in $page', ({ page, file, compile, mount }) => {
  it('shows the state at once, own changes, those of others, another client, and ends with its place', async () => {
    const said = (['error', 'warn'] as const).map((level) => vi.spyOn(console, level));
    const module = (await import(await bundlePage(page, file, compile))) as Record<string, unknown>;
    const [server, other] = [fakeServer(todos), fakeServer(todos)];
    const { client, open } = counted(server.client('alice'));
    client.push.add({ id: 'tea', text: 'Tea' });
    const target = document.body.appendChild(document.createElement('main'));
    const { swap, unmount } = mount(module, target, client);
    const shown = async (): Promise<string[]> => {
      // Vue and Svelte write to the DOM in a microtask.
      for (let turn = 0; turn < 3; turn += 1) await Promise.resolve();
      return [...target.querySelectorAll('button, p')].map(({ textContent }) => textContent?.trim() ?? '');
    };
    expect(await shown()).toEqual(['Tea open', 'Saving …']);
    await server.settle();
    expect(await shown()).toEqual(['Tea open', 'Saved']);
    const button = target.querySelector('button');
    server.push({ name: 'add', args: { id: 'milk', text: 'Milk' } });
    await server.settle();
    expect(await shown()).toEqual(['Tea open', 'Milk open', 'Saved']);
    button?.click();
    expect(await shown()).toEqual(['Tea done', 'Milk open', 'Saving …']);
    await server.settle();
    server.refuse('forbidden');
    button?.click();
    expect(await shown()).toEqual(['Tea open', 'Milk open', 'Saving …']);
    await server.settle();
    expect(await shown()).toEqual(['Tea done', 'Milk open', 'Saved']);
    expect(target.querySelector('button')).toBe(button);
    expect(open()).toBeGreaterThan(0);

    const second = counted(other.client('alice'));
    swap(second.client);
    expect([await shown(), open()]).toEqual([['Saved'], 0]);
    second.client.push.add({ id: 'salt', text: 'Salt' });
    expect(await shown()).toEqual(['Salt open', 'Saving …']);
    unmount();
    expect([await shown(), second.open()]).toEqual([[], 0]);
    expect(said.map(({ mock }) => mock.calls)).toEqual([[], []]);
    server.close();
    other.close();
  });
});
