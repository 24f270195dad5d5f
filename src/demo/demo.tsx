import type { ReactNode, SyntheticEvent } from 'react';
import { access, keepToken, makeApplications } from './access.ts';
import { Circle } from './circle.tsx';
import { Facts } from './facts.tsx';
import { LatencyTable } from './latency-table.tsx';
import { messages } from './say.ts';
import type { Seat } from './seat.ts';
import { SeatPane } from './seat-pane.tsx';
import type { Stopwatch } from './stopwatch.ts';
import { useStore } from './use-store.ts';

interface DemoProps {
  readonly seats: readonly [Seat, Seat];
  readonly stopwatch: Stopwatch;
}

/** Two clients of the same two applications, and between them the circle that their changes go round. */
export const Demo = ({ seats, stopwatch }: DemoProps): ReactNode => (
  <>
    <Trouble seats={seats} />
    <main>
      <SeatPane seat={seats[0]} all={seats} />
      <section className="middle" aria-label="The circle, live">
        <Circle seats={seats} />
        <Facts seats={seats} />
        <LatencyTable stopwatch={stopwatch} />
        <Messages />
      </section>
      <SeatPane seat={seats[1]} all={seats} />
    </main>
  </>
);

const Messages = (): ReactNode => (
  <div className="messages" role="log" aria-live="polite" aria-label="Refusals">
    {useStore(messages).map(({ id, text }) => (
      <p key={id}>{text}</p>
    ))}
  </div>
);

/** Says why nothing works, and takes a token where one may help. */
const Trouble = ({ seats }: { readonly seats: readonly Seat[] }): ReactNode => {
  const state = useStore(access);
  if (state.kind !== 'trouble') return null;
  const submit = (event: SyntheticEvent<HTMLFormElement>): void => {
    event.preventDefault();
    keepToken(String(new FormData(event.currentTarget).get('token')));
    for (const seat of seats) seat.reopen();
    void makeApplications();
  };
  return (
    <div className="trouble" role="alert">
      <p>{state.detail}</p>
      <form onSubmit={submit}>
        <label htmlFor="token">Bearer token</label>
        <input id="token" name="token" type="password" autoComplete="off" spellCheck={false} required />
        <button type="submit" className="action">
          Use
        </button>
      </form>
      <p className="hint">
        For the applications of <code>demo</code>: <code>npm run token -- --sub demo</code>. It is kept in this tab
        only.
      </p>
    </div>
  );
};
