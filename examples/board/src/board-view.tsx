import { ProblemError, type PushHandle } from 'changebucket';
import { useApplication, usePush, useStatus } from 'changebucket/react';
import { type SubmitEvent, useState } from 'react';
import type { BoardClient } from './board-client.ts';
import { COLUMNS, type Column } from './board-state.ts';
import { CardView, DRAGGED_CARD } from './card-view.tsx';

const TITLES: Readonly<Record<Column, string>> = { todo: 'To do', doing: 'In progress', done: 'Done' };

/** The whole board. Its client is a parameter, so that a test can bring its own. */
export const BoardView = ({ client }: { readonly client: BoardClient }) => {
  const [problem, setProblem] = useState('');
  /** Shows why a change was rejected; the view itself goes back without any help. */
  const track = (push: PushHandle | undefined): void => {
    setProblem('');
    push?.applied.catch((error: unknown) => setProblem(reasonOf(error)));
  };
  return (
    <>
      <header>
        <h1>Board</h1>
        <Connection client={client} />
        <button type="button" onClick={() => track(client.undo())}>
          Undo
        </button>
        <button type="button" onClick={() => track(client.redo())}>
          Redo
        </button>
      </header>
      {problem !== '' && <p role="alert">{problem}</p>}
      <main>
        {COLUMNS.map((column) => (
          <ColumnView key={column} client={client} column={column} track={track} />
        ))}
      </main>
    </>
  );
};

/** What the reducer said, `reject(name, detail)`, or what went wrong on the way. */
const reasonOf = (error: unknown): string => (error instanceof ProblemError ? error.problem.detail : String(error));

const Connection = ({ client }: { readonly client: BoardClient }) => {
  const { online, pending } = useStatus(client);
  const unsent = pending === 0 ? '' : `, ${pending} unsaved`;
  return <output className={online ? 'online' : 'offline'}>{(online ? 'Online' : 'Offline') + unsent}</output>;
};

interface ColumnViewProps {
  readonly client: BoardClient;
  readonly column: Column;
  readonly track: (push: PushHandle) => void;
}

const ColumnView = ({ client, column, track }: ColumnViewProps) => {
  const ids = useApplication(client, ({ columns }) => columns[column]);
  const push = usePush(client);
  return (
    <section
      aria-label={TITLES[column]}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        const { id, from } = JSON.parse(event.dataTransfer.getData(DRAGGED_CARD));
        if (from !== column) track(push.move({ id, from, to: column, index: ids.length }));
      }}
    >
      <h2>
        {TITLES[column]} <small>{ids.length}</small>
      </h2>
      {ids.map((id) => (
        <CardView key={id} client={client} id={id} column={column} track={track} />
      ))}
      {column === 'todo' && <NewCard onAdd={(title) => track(push.add({ id: crypto.randomUUID(), title }))} />}
    </section>
  );
};

const NewCard = ({ onAdd }: { readonly onAdd: (title: string) => void }) => {
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const title = String(new FormData(event.currentTarget).get('title')).trim();
    if (title !== '') onAdd(title);
    event.currentTarget.reset();
  };
  return (
    <form onSubmit={submit}>
      <input name="title" aria-label="New card" placeholder="New card" maxLength={120} autoComplete="off" />
      <button type="submit">Add</button>
    </form>
  );
};
