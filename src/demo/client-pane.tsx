import type { ReactNode } from 'react';
import type { PushHandle } from '../client/push/push-promises.ts';
import type { TransportMode } from '../client/transport/live-transports.ts';
import { Boxes } from './boxes.tsx';
import type { DemoClient } from './demo-client.ts';
import { TodoList } from './todo-list.tsx';
import { useStore } from './use-store.ts';

/** Takes a push on its way, so that it can be timed and its refusal told. */
export type Send = (name: 'boxes' | 'list', pushed: PushHandle) => void;

const MODES: readonly (readonly [mode: TransportMode, label: string])[] = [
  ['auto', 'auto'],
  ['poll', 'poll, 250 ms'],
  ['long-poll', 'long-poll'],
  ['sse', 'SSE'],
  ['socket', 'socket'],
];

interface ClientPaneProps {
  readonly seat: DemoClient;
  readonly all: readonly DemoClient[];
}

/** One client: its transport, its switch, and the two applications as it sees them. */
export const ClientPane = ({ seat, all }: ClientPaneProps): ReactNode => {
  const { boxes, list } = useStore(seat.opened);
  const id = seat.name.replace(' ', '-').toLowerCase();
  const send: Send = (name, pushed) => seat.sent(name, pushed, all);
  return (
    <article className="seat" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{seat.name}</h2>
      <Line seat={seat} id={id} />
      <Boxes client={boxes} id={id} send={send} />
      <TodoList client={list} id={id} send={send} />
    </article>
  );
};

const Line = ({ seat, id }: { readonly seat: DemoClient; readonly id: string }): ReactNode => {
  const mode = useStore(seat.mode);
  const isOffline = useStore(seat.isOffline);
  const { transport, pending, version } = useStore(seat.status);
  return (
    <div className="line-up">
      <label htmlFor={`${id}-mode`}>Transport</label>
      <select id={`${id}-mode`} value={mode} onChange={({ target }) => seat.choose(target.value as TransportMode)}>
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
        onClick={() => (isOffline ? seat.goOnline() : seat.goOffline())}
      >
        <span className="track" />
        Offline
      </button>
      <p className="told" role="status" data-link={isOffline ? 'offline' : transport}>
        {isOffline ? 'offline' : `by ${transport}`}, version {version ?? '–'}
        {pending > 0 ? `, ${pending} pending` : ''}
      </p>
    </div>
  );
};
