import { type ReactNode, type SyntheticEvent, useState } from 'react';
import { useApplication } from '../react/react.ts';
import type { Send } from './client-pane.tsx';
import type { List } from './demo-client.ts';

/** Most lists in a demo are short; a long one must not bury the page. */
const SHOWN_MAX = 8;

interface TodoListProps {
  readonly client: List;
  readonly id: string;
  readonly send: Send;
}

const freshId = (): string =>
  [...crypto.getRandomValues(new Uint8Array(6))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** A list that both clients edit at once. */
export const TodoList = ({ client, id, send }: TodoListProps): ReactNode => {
  const items = useApplication(client, (state) => state.items);
  const [text, setText] = useState('');
  const entries = Object.entries(items);
  const add = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (text.trim() === '') return;
    send('list', client.push.add({ id: freshId(), text }));
    setText('');
  };
  return (
    <div className="part">
      <h3>A list for two</h3>
      <form className="adding" onSubmit={add}>
        <label htmlFor={`${id}-add`}>New entry</label>
        <input id={`${id}-add`} value={text} maxLength={500} onChange={(event) => setText(event.target.value)} />
        <button type="submit" className="action">
          Add
        </button>
      </form>
      <ul className="todos">
        {entries.slice(-SHOWN_MAX).map(([todo, { text: label, done }]) => (
          <li key={todo}>
            <label>
              <input
                type="checkbox"
                checked={done}
                onChange={() => send('list', client.push.complete({ id: todo, done: !done }))}
              />
              <span className={done ? 'done' : ''}>{label}</span>
            </label>
            <button
              type="button"
              className="remove"
              aria-label={`Remove ${label}`}
              onClick={() => send('list', client.push.remove({ id: todo }))}
            >
              ×
            </button>
          </li>
        ))}
      </ul>
      {entries.length > SHOWN_MAX && <p className="hint">and {entries.length - SHOWN_MAX} more</p>}
      {entries.length > 0 && (
        <button type="button" className="action" onClick={() => send('list', client.push.clear())}>
          Clear what is done
        </button>
      )}
    </div>
  );
};
