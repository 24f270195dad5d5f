import type { ReactNode } from 'react';
import type { TransportMode } from '../client/transport/live-transports.ts';
import { Boxes } from './boxes.tsx';
import type { DemoClient, TrackPush } from './demo-client.ts';
import { TodoList } from './todo-list.tsx';
import { useStore } from './use-store.ts';

const MODES: readonly (readonly [mode: TransportMode, label: string])[] = [
  ['auto', 'auto'],
  ['poll', 'poll, 250 ms'],
  ['long-poll', 'long-poll'],
  ['sse', 'SSE'],
  ['socket', 'socket'],
];

interface ClientPaneProps {
  readonly client: DemoClient;
  /** All clients of the page. */
  readonly clients: readonly DemoClient[];
}

/** One client: its connection, and its views of the two applications. */
export const ClientPane = ({ client, clients }: ClientPaneProps): ReactNode => {
  const { boxes, list } = useStore(client.opened);
  const id = client.name.replace(' ', '-').toLowerCase();
  const rejection = useStore(client.rejection);
  const track: TrackPush = (name, control, push) => client.track(name, control, push, clients);
  return (
    <article className="client" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{client.name}</h2>
      <Connection client={client} id={id} />
      <Boxes client={boxes} id={id} track={track} rejection={rejection} />
      <TodoList client={list} id={id} track={track} rejection={rejection} />
    </article>
  );
};

/** The choice of a transport, the offline switch, and the status of a client. */
const Connection = ({ client, id }: { readonly client: DemoClient; readonly id: string }): ReactNode => {
  const mode = useStore(client.mode);
  const isOffline = useStore(client.isOffline);
  const { transport, pending, version } = useStore(client.status);
  return (
    <div className="connection">
      <label htmlFor={`${id}-mode`}>Transport</label>
      <select
        id={`${id}-mode`}
        value={mode}
        onChange={({ target }) => client.setTransport(target.value as TransportMode)}
      >
        {MODES.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      <button
        type="button"
        className="control offline"
        role="switch"
        aria-checked={isOffline}
        onClick={() => (isOffline ? client.goOnline() : client.goOffline())}
      >
        <span className="track" />
        Offline
      </button>
      <p className="status" role="status" data-transport={isOffline ? 'offline' : transport}>
        {isOffline ? 'offline' : `by ${transport}`}, version {version ?? '–'}
        {pending > 0 ? `, ${pending} pending` : ''}
      </p>
    </div>
  );
};
