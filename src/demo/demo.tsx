import { type ReactNode, useEffect, useState } from 'react';
import { access, token } from './access.ts';
import { AccessNotice } from './access-notice.tsx';
import { BothAtOnce } from './both-at-once.tsx';
import { Circle } from './circle.tsx';
import { ClientPane } from './client-pane.tsx';
import { DemoClient } from './demo-client.ts';
import { Facts } from './facts.tsx';
import { LatencyTable } from './latency-table.tsx';
import { Stopwatch } from './stopwatch.ts';
import { messages } from './toast.ts';
import { useStore } from './use-store.ts';

/** The demo, or the reason why it cannot run. Nothing is connected before the server has let the page in. */
export const Demo = (): ReactNode => {
  const state = useStore(access);
  switch (state.kind) {
    case 'pending':
      return null;
    case 'problem':
      return (
        <main>
          <AccessNotice problem={state} />
        </main>
      );
    case 'granted':
      return <Clients />;
    default:
      return state satisfies never;
  }
};

const currentToken = (): Promise<string> | undefined => (token() === '' ? undefined : Promise.resolve(token()));

/** Two clients of the same two applications, and between them the circle that their changes go around. */
const Clients = (): ReactNode => {
  const [stopwatch] = useState(() => new Stopwatch());
  const [clients] = useState(
    () =>
      [
        new DemoClient('Client A', stopwatch, currentToken),
        new DemoClient('Client B', stopwatch, currentToken),
      ] as const,
  );
  useEffect(
    () => () => {
      for (const client of clients) client.close();
    },
    [clients],
  );
  return (
    <>
      <BothAtOnce clients={clients} />
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
};

const Messages = (): ReactNode => (
  <div className="messages" role="log" aria-live="polite" aria-label="Changes that were not applied">
    {useStore(messages).map(({ id, text }) => (
      <p key={id}>{text}</p>
    ))}
  </div>
);
