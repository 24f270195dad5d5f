import type { Circle } from './circle.ts';
import { setText } from './element.ts';

/** What the answers said of the application, and what asking costs. */
export const showNumbers = ({ seen, standing, session, meter, pollMs, visibleMs }: Circle): void => {
  const texts = {
    version: seen?.version,
    epoch: seen?.epoch,
    state: seen?.text,
    head: standing?.head,
    queue: standing?.queue,
    lag: ms(standing?.lagMs),
    unsent: session.unsent.length,
    n: session.n,
    client: session.client,
    poll: ms(pollMs),
    visible: ms(visibleMs),
    rate: `${meter.requestsPerSecond.toFixed(1)} /s`,
    bytes: `${meter.bytes.toLocaleString('en')} B`,
  };
  for (const [id, text] of Object.entries(texts)) setText(id, `${text ?? '–'}`);
};

const ms = (value: number | undefined): string | undefined => (value === undefined ? value : `${Math.round(value)} ms`);
