import { type ReactNode, useEffect, useState } from 'react';
import { POSITION_HEADER } from '../protocol/position.ts';
import { authorization, checkAccess } from './access.ts';
import { APPLICATIONS, type DemoClient } from './demo-client.ts';
import type { Counts } from './meter.ts';
import { useStore } from './use-store.ts';

const SECOND_MS = 1_000;

/** Text for the page; a dash where it is not known. */
interface Queue {
  readonly depth: string;
  readonly lag: string;
}

/** The queue of the boxes' application, read once a second, and the network traffic of this page. */
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
    ['bytes in total', a.bytes + b.bytes],
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
    const timer = setInterval(() => {
      const now = latest.current;
      setRates({
        requests: now.requests - before.requests,
        frames: now.frames - before.frames,
        bytes: now.bytes - before.bytes,
      });
      before = now;
    }, SECOND_MS);
    return () => clearInterval(timer);
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
    const update = (): void => void fetchQueue().then(setQueue);
    update();
    const timer = setInterval(update, SECOND_MS);
    return () => clearInterval(timer);
  }, []);
  return queue;
};

/** Reads the position header of a HEAD of the state; dashes where the server does not answer. */
const fetchQueue = async (): Promise<Queue> => {
  const url = `/v1/apps/${APPLICATIONS.boxes}/state`;
  const response = await fetch(url, { method: 'HEAD', headers: authorization() }).catch(() => undefined);
  if (response !== undefined) await checkAccess(response);
  const [, depth, lag] = /queue=(\d+), lag=(\d+)/.exec(response?.headers.get(POSITION_HEADER) ?? '') ?? [];
  return { depth: depth ?? '–', lag: lag === undefined ? '–' : `${lag} ms` };
};
