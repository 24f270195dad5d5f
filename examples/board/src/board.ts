import { defineApplication, reject } from 'changebucket/define';
import * as v from 'valibot';
import { Board, type Card, ColumnName, DOING_MAX, Id, Index, type Place, placeOf, Title } from './board-state.ts';

// The rules of the board. The Worker runs them to decide; the page runs the same code to show changes at once.

const cardOf = (state: Board, id: string): Card =>
  state.cards[id] ?? reject('no-such-card', 'Somebody has removed this card.');

const take = (state: Board, id: string): Place => {
  const place = placeOf(state, id) ?? reject('no-such-card', 'Somebody has removed this card.');
  state.columns[place.column].splice(place.index, 1);
  return place;
};

const put = (state: Board, id: string, { column, index }: Place): void => {
  if (column === 'doing' && state.columns.doing.length >= DOING_MAX)
    reject('too-much-to-do', `At most ${DOING_MAX} in progress: finish one first.`);
  state.columns[column].splice(index, 0, id);
};

export const board = defineApplication({
  name: 'board',
  // Raise it together with a `migrate` function whenever the form of the state changes.
  version: 1,
  state: Board,
  initial: { cards: {}, columns: { todo: [], doing: [], done: [] } } as Board,
  changes: (change) => ({
    /** The page makes the id, so that it can show the card before the server knows of it. */
    add: change(v.strictObject({ id: Id, title: Title }), (state, { id, title }, { user, now }) => {
      if (state.cards[id]) reject('card-exists', 'There is such a card already.');
      state.cards[id] = { title, by: user, added: now };
      state.columns.todo.push(id);
    }),

    /** `from` is the title that the user saw: a rename of something else is rejected, and nobody's title gets lost. */
    rename: change(v.strictObject({ id: Id, title: Title, from: v.string() }), (state, { id, title, from }) => {
      const card = cardOf(state, id);
      if (card.title !== from) reject('renamed-meanwhile', `Somebody has renamed this card to “${card.title}”.`);
      card.title = title;
    }),

    /** `from` is the column that the user saw the card in. */
    move: change(
      v.strictObject({ id: Id, from: ColumnName, to: ColumnName, index: Index }),
      (state, { id, from, to, index }) => {
        if (take(state, id).column !== from) reject('moved-meanwhile', 'Somebody has moved this card.');
        put(state, id, { column: to, index });
      },
    ),

    /** Others may move and rename a card, but only the user who added it may remove it. */
    remove: change(v.strictObject({ id: Id }), (state, { id }, { user }) => {
      const { by } = cardOf(state, id);
      if (by !== user) reject('not-yours', `Only ${by} may remove this card.`);
      take(state, id);
      delete state.cards[id];
    }),

    /** Undoes a removal. */
    restore: change(
      v.strictObject({ id: Id, title: Title, added: v.number(), column: ColumnName, index: Index }),
      (state, { id, title, added, column, index }, { user }) => {
        if (state.cards[id]) reject('card-exists', 'There is such a card already.');
        state.cards[id] = { title, by: user, added };
        put(state, id, { column, index });
      },
    ),
  }),

  /** The change that undoes another one. Like any change it may be rejected: `from` says what it expects to find. */
  inverse: ({ name, args }, effect) => {
    const { id } = args;
    const before = cardIn(effect.before, id);
    const after = cardIn(effect.after, id);
    if (before === undefined) return { name: 'remove', args: { id } };
    const { title, added, column, index } = before;
    if (after === undefined) return { name: 'restore', args: { id, title, added, column, index } };
    if (name === 'rename') return { name, args: { id, title, from: after.title } };
    return { name: 'move', args: { id, from: after.column, to: column, index } };
  },
});

const cardIn = (state: Board, id: string): (Card & Place) | undefined => {
  const card = state.cards[id];
  const place = placeOf(state, id);
  return card && place && { ...card, ...place };
};
