import type { ReactNode, SyntheticEvent } from 'react';
import { access, createApplications, saveToken } from './access.ts';
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

/** Two clients of the same two applications, and between them the circle that their changes go around. */
export const Demo = ({ clients, stopwatch }: DemoProps): ReactNode => (
  <>
    <ProblemNotice clients={clients} />
    <main>
      <ClientPane client={clients[0]} clients={clients} />
      <section className="middle" aria-label="The circle, live">
        <Circle clients={clients} />
        <Facts clients={clients} />
        <LatencyTable stopwatch={stopwatch} />
        <Messages />
      </section>
      <ClientPane client={clients[1]} clients={clients} />
    </main>
  </>
);

const Messages = (): ReactNode => (
  <div className="messages" role="log" aria-live="polite" aria-label="Changes that were not applied">
    {useStore(messages).map(({ id, text }) => (
      <p key={id}>{text}</p>
    ))}
  </div>
);

/** The reason why the page does not work, and a form for a token, which may be the cure. */
const ProblemNotice = ({ clients }: { readonly clients: readonly DemoClient[] }): ReactNode => {
  const state = useStore(access);
  if (state.kind !== 'problem') return null;
  const submit = (event: SyntheticEvent<HTMLFormElement>): void => {
    event.preventDefault();
    saveToken(String(new FormData(event.currentTarget).get('token')));
    for (const client of clients) client.reopen();
    void createApplications();
  };
  return (
    <div className="problem" role="alert">
      <p>{state.detail}</p>
      <form onSubmit={submit}>
        <label htmlFor="token">Bearer token</label>
        <input id="token" name="token" type="password" autoComplete="off" spellCheck={false} required />
        <button type="submit" className="action">
          Use token
        </button>
      </form>
      <p className="hint">
        <code>npm run token -- --sub demo</code> prints a token for this page. It is kept in this tab only.
      </p>
    </div>
  );
};
