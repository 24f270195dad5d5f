import { type ReactNode, useEffect, useState } from 'react';
import { token } from './access.ts';
import { APPLICATIONS, type DemoClient } from './demo-client.ts';
import type { Counts } from './meter.ts';
import { useStore } from './use-store.ts';

const SECOND_MS = 1_000;

interface Queue {
  readonly depth: string;
  readonly lag: string;
}

/** What the boxes' application says of itself, asked once a second, and what goes over this page's lines. */
export const Facts = ({ clients }: { readonly clients: readonly [DemoClient, DemoClient] }): ReactNode => {
  const [a, b] = [useStore(clients[0].meter.counts), useStore(clients[1].meter.counts)];
  const rates = useRates({ requests: a.requests + b.requests, frames: a.frames + b.frames, bytes: a.bytes + b.bytes });
  const { depth, lag } = useQueue();
  const facts = [
    ['queue depth', depth],
    ['lag', lag],
    ['requests / s', rates.requests],
    ['frames / s', rates.frames],
    ['bytes / s', rates.bytes],
    ['bytes in all', a.bytes + b.bytes],
  ];
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
};

const useRates = (counts: Counts): Counts => {
  const [rates, setRates] = useState<Counts>({ requests: 0, frames: 0, bytes: 0 });
  const latest = useLatest(counts);
  useEffect(() => {
    let before = latest.current;
    const clock = setInterval(() => {
      const now = latest.current;
      setRates({
        requests: now.requests - before.requests,
        frames: now.frames - before.frames,
        bytes: now.bytes - before.bytes,
      });
      before = now;
    }, SECOND_MS);
    return () => clearInterval(clock);
  }, [latest]);
  return rates;
};

const useLatest = <Value,>(value: Value): { current: Value } => {
  const [latest] = useState({ current: value });
  latest.current = value;
  return latest;
};

const useQueue = (): Queue => {
  const [queue, setQueue] = useState<Queue>({ depth: '–', lag: '–' });
  useEffect(() => {
    const clock = setInterval(() => void askQueue().then(setQueue), SECOND_MS);
    return () => clearInterval(clock);
  }, []);
  return queue;
};

/** A HEAD of the state: nothing but the headers that every answer has. */
const askQueue = async (): Promise<Queue> => {
  const headers = token() === '' ? {} : { Authorization: `Bearer ${token()}` };
  const answer = await fetch(`/v1/apps/${APPLICATIONS.boxes}/state`, { method: 'HEAD', headers }).catch(
    () => undefined,
  );
  const told = (name: string): string | undefined => answer?.headers.get(`Changebucket-${name}`) ?? undefined;
  return { depth: told('Queue') ?? '–', lag: told('Lag') === undefined ? '–' : `${told('Lag')} ms` };
};
