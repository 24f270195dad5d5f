import * as v from 'valibot';
import { defineApplication } from '../core/define-application.ts';
import { reject } from '../core/json/problem-error.ts';

const Id = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/));
const Text = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(500));

interface Todo {
  text: string;
  done: boolean;
  /** The time it was accepted, in ms since 1970. */
  created: number;
  /** The user who added it. */
  by: string;
}

interface State {
  items: Record<string, Todo>;
}

const find = (state: State, id: string): Todo => state.items[id] ?? reject('unknown-todo', `There is no todo ${id}.`);

/** A list that several people edit at once. Clients make the ids, so that a repeated `add` names the same todo. */
export const todos = defineApplication({
  name: 'todos',
  version: 1,
  initial: { items: {} } as State,
  changes: (change) => ({
    add: change(v.strictObject({ id: Id, text: Text }), (state, { id, text }, { now, user }) => {
      if (state.items[id] !== undefined) reject('todo-exists', `There is a todo ${id} already.`);
      state.items[id] = { text, done: false, created: now, by: user };
    }),
    /** @param was the text that is to be replaced: another one since rejects the change, so an undo takes nobody's away. */
    rename: change(v.strictObject({ id: Id, text: Text, was: v.optional(Text) }), (state, { id, text, was }) => {
      const todo = find(state, id);
      if (was !== undefined && todo.text !== was) reject('todo-renamed', `Todo ${id} has another text now.`);
      todo.text = text;
    }),
    complete: change(v.strictObject({ id: Id, done: v.boolean() }), (state, { id, done }) => {
      find(state, id).done = done;
    }),
    /**
     * Removing a missing todo is no error: two people may do it at once.
     *
     * @param was its text, where an undo removes it: another one since rejects the change, and so does one that is done
     */
    remove: change(v.strictObject({ id: Id, was: v.optional(Text) }), (state, { id, was }) => {
      const todo = state.items[id];
      if (was !== undefined && todo !== undefined && (todo.text !== was || todo.done))
        reject('todo-changed', `Somebody has changed todo ${id}.`);
      delete state.items[id];
    }),
    clear: change(v.strictObject({}), (state) => {
      for (const [id, { done }] of Object.entries(state.items)) if (done) delete state.items[id];
    }),
  }),
  inverse: ({ name, args }, { before, after }) => {
    if (name === 'add') {
      const added = after.items[args.id];
      return added && { name: 'remove', args: { id: args.id, was: added.text } };
    }
    if (name !== 'rename' && name !== 'complete') return undefined;
    const { id } = args;
    const [was, is] = [before.items[id], after.items[id]];
    if (was === undefined || is === undefined) return undefined;
    return name === 'rename'
      ? { name, args: { id, text: was.text, was: is.text } }
      : { name, args: { id, done: was.done } };
  },
});
