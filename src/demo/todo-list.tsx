import { type ReactNode, type SyntheticEvent, useState } from 'react';
import { useApplication } from '../react/react.ts';
import type { List, Rejection, TrackPush } from './demo-client.ts';
import { newId } from './new-id.ts';
import { RejectionNote } from './rejection-note.tsx';

/** A longer list would push the rest off the page. */
const VISIBLE_MAX = 8;

interface TodoListProps {
  readonly client: List;
  readonly id: string;
  readonly track: TrackPush;
  readonly rejection: Rejection | undefined;
}

/** A list that both clients edit at the same time. */
export const TodoList = ({ client, id, track, rejection }: TodoListProps): ReactNode => {
  const items = useApplication(client, (state) => state.items);
  const [text, setText] = useState('');
  const entries = Object.entries(items);
  const add = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (text.trim() === '') return;
    track('list', 'new entry', client.push.add({ id: newId(), text }));
    setText('');
  };
  return (
    <div className="part">
      <h3>A shared list</h3>
      <form className="adding" onSubmit={add}>
        <label htmlFor={`${id}-add`}>New entry</label>
        <input id={`${id}-add`} value={text} maxLength={500} onChange={(event) => setText(event.target.value)} />
        <button type="submit" className="action">
          Add
        </button>
      </form>
      <RejectionNote rejection={rejection} control="new entry" />
      <ul className="todos">
        {entries.slice(-VISIBLE_MAX).map(([todo, { text: label, done }]) => (
          <li key={todo}>
            <label>
              <input
                type="checkbox"
                checked={done}
                onChange={() => track('list', 'list', client.push.complete({ id: todo, done: !done }))}
              />
              <span className={done ? 'done' : ''}>{label}</span>
            </label>
            <button
              type="button"
              className="remove"
              aria-label={`Remove ${label}`}
              onClick={() => track('list', 'list', client.push.remove({ id: todo }))}
            >
              ×
            </button>
          </li>
        ))}
      </ul>
      <RejectionNote rejection={rejection} control="list" />
      {entries.length > VISIBLE_MAX && <p className="hint">and {entries.length - VISIBLE_MAX} more</p>}
      {entries.length > 0 && (
        <button type="button" className="action" onClick={() => track('list', 'list', client.push.clear())}>
          Clear completed
        </button>
      )}
    </div>
  );
};
