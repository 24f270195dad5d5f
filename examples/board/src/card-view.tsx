import type { PushHandle } from 'changebucket';
import { useApplication, usePush } from 'changebucket/react';
import type { BoardClient } from './board-client.ts';
import { COLUMNS, type Column } from './board-state.ts';

/** The type under which a dragged card carries its id and its column. */
export const DRAGGED_CARD = 'application/x-card';

interface CardViewProps {
  readonly client: BoardClient;
  readonly id: string;
  readonly column: Column;
  readonly track: (push: PushHandle) => void;
}

export const CardView = ({ client, id, column, track }: CardViewProps) => {
  const card = useApplication(client, ({ cards }) => cards[id]);
  const push = usePush(client);
  if (card === undefined) return null;
  const { title, by } = card;
  const moveTo = (to: Column | undefined): void => {
    if (to) track(push.move({ id, from: column, to, index: client.state.columns[to].length }));
  };
  const rename = (text: string): void => {
    if (text.trim() !== '' && text !== title) track(push.rename({ id, title: text, from: title }));
  };
  const left = COLUMNS[COLUMNS.indexOf(column) - 1];
  const right = COLUMNS[COLUMNS.indexOf(column) + 1];
  return (
    <article
      aria-label={title}
      draggable
      onDragStart={({ dataTransfer }) => dataTransfer.setData(DRAGGED_CARD, JSON.stringify({ id, from: column }))}
    >
      {/* The key shows the new title when somebody else renames the card. */}
      <input
        key={title}
        aria-label="Title"
        defaultValue={title}
        maxLength={120}
        onBlur={({ target }) => rename(target.value)}
        onKeyDown={({ key, currentTarget }) => key === 'Enter' && currentTarget.blur()}
      />
      <footer>
        <small>{by}</small>
        <button type="button" aria-label="Move left" disabled={!left} onClick={() => moveTo(left)}>
          ←
        </button>
        <button type="button" aria-label="Move right" disabled={!right} onClick={() => moveTo(right)}>
          →
        </button>
        <button type="button" aria-label="Remove" onClick={() => track(push.remove({ id }))}>
          ×
        </button>
      </footer>
    </article>
  );
};
