import type { ReactNode, SyntheticEvent } from 'react';
import { access, keepToken, makeApplications } from './access.ts';
import { Circle } from './circle.tsx';
import { ClientPane } from './client-pane.tsx';
import type { DemoClient } from './demo-client.ts';
import { Facts } from './facts.tsx';
import { LatencyTable } from './latency-table.tsx';
import type { Stopwatch } from './stopwatch.ts';
import { messages } from './toast.ts';
import { useStore } from './use-store.ts';

interface DemoProps {
  readonly clients: readonly [DemoClient, DemoClient];
  readonly stopwatch: Stopwatch;
}

/** Two clients of the same two applications, and between them the circle that their changes go round. */
export const Demo = ({ clients, stopwatch }: DemoProps): ReactNode => (
  <>
    <Trouble clients={clients} />
    <main>
      <ClientPane seat={clients[0]} all={clients} />
      <section className="middle" aria-label="The circle, live">
        <Circle clients={clients} />
        <Facts clients={clients} />
        <LatencyTable stopwatch={stopwatch} />
        <Messages />
      </section>
      <ClientPane seat={clients[1]} all={clients} />
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
const Trouble = ({ clients }: { readonly clients: readonly DemoClient[] }): ReactNode => {
  const state = useStore(access);
  if (state.kind !== 'trouble') return null;
  const submit = (event: SyntheticEvent<HTMLFormElement>): void => {
    event.preventDefault();
    keepToken(String(new FormData(event.currentTarget).get('token')));
    for (const seat of clients) seat.reopen();
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
