import { cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import { type FakeServer, fakeServer } from 'changebucket/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { board } from '../src/board.ts';
import { BoardView } from '../src/board-view.tsx';

/** A server in the memory of the test: what it applies and rejects is what the real one would. */
let server: FakeServer<typeof board>;

beforeEach(async () => {
  server = fakeServer(board);
  render(<BoardView client={server.client('ann')} />);
  await server.settle();
});
afterEach(() => {
  cleanup();
  server.close();
});

const column = (name: string) => within(screen.getByRole('region', { name }));
const addCard = (title: string): void => {
  fireEvent.change(screen.getByLabelText('New card'), { target: { value: title } });
  fireEvent.click(screen.getByRole('button', { name: 'Add' }));
};

describe('the page', () => {
  it('shows a new card at once, before the server knows of it', async () => {
    server.offline();
    addCard('Write the guide');
    column('To do').getByRole('article', { name: 'Write the guide' });
    expect(server.state.cards).toEqual({});
    server.online();
    await server.settle();
    expect(Object.values(server.state.cards)).toMatchObject([{ title: 'Write the guide', by: 'ann' }]);
  });

  it('shows what others do', async () => {
    server.push({ name: 'add', args: { id: 'a', title: 'Call Bob' }, user: 'bob' });
    await column('To do').findByRole('article', { name: 'Call Bob' });
    server.push({ name: 'move', args: { id: 'a', from: 'todo', to: 'done', index: 0 }, user: 'bob' });
    await column('Done').findByRole('article', { name: 'Call Bob' });
  });

  it('takes a rejected change back, and says why', async () => {
    server.push({ name: 'add', args: { id: 'a', title: "Bob's own" }, user: 'bob' });
    const card = await screen.findByRole('article', { name: "Bob's own" });
    fireEvent.click(within(card).getByRole('button', { name: 'Remove' }));
    expect((await screen.findByRole('alert')).textContent).toBe('Only bob may remove this card.');
    screen.getByRole('article', { name: "Bob's own" });
  });

  it('undoes a move', async () => {
    addCard('Write the guide');
    fireEvent.click(screen.getByRole('button', { name: 'Move right' }));
    await column('In progress').findByRole('article');
    fireEvent.click(screen.getByRole('button', { name: 'Undo' }));
    await column('To do').findByRole('article');
    await server.settle();
    expect(server.outcomes.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'add applied',
      'move applied',
      'move applied',
    ]);
  });
});
