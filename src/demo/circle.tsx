import type { ReactNode } from 'react';
import type { DemoClient } from './demo-client.ts';
import { type Part, traffic } from './traffic.ts';
import { useStore } from './use-store.ts';

const STATIONS: readonly (readonly [part: Part, x: number, y: number, name: string, below: string])[] = [
  ['client', 180, 40, 'clients', 'SDK'],
  ['bucket', 302, 128, 'change-bucket', 'Worker'],
  ['queue', 258, 272, 'queue', 'SQLite'],
  ['drain', 102, 272, 'drain', 'reducers'],
  ['state', 58, 128, 'state', 'patches'],
];

const ARCS: readonly (readonly [part: Part, path: string])[] = [
  ['push', 'M180 40A128 128 0 0 1 302 128'],
  ['queue', 'M302 128A128 128 0 0 1 255 272'],
  ['drain', 'M255 272A128 128 0 0 1 105 272'],
  ['state', 'M105 272A128 128 0 0 1 58 128'],
  ['poll', 'M58 128A128 128 0 0 1 180 40'],
];

const DESCRIPTION =
  'Clients push changes into the change-bucket, which queues them. The queue is drained into the state. The state goes back to the clients.';

/** The circle, lit by the real traffic. A new key replaces a part, which restarts its animation. */
export const Circle = ({ clients }: { readonly clients: readonly [DemoClient, DemoClient] }): ReactNode => {
  const counts = useStore(traffic);
  const { version } = useStore(clients[0].status);
  return (
    <svg viewBox="-4 10 368 296" role="img" aria-label={DESCRIPTION}>
      <circle className="ring" cx="180" cy="168" r="128" />
      {ARCS.map(([part, path]) => (
        <path
          className={counts[part] > 0 ? 'arc lit' : 'arc'}
          key={`${part} ${counts[part]}`}
          pathLength={1}
          d={path}
        />
      ))}
      {STATIONS.map(([part, x, y, name, below]) => (
        <g
          className={counts[part] > 0 ? 'station lit' : 'station'}
          key={`${part} ${counts[part]}`}
          transform={`translate(${x} ${y})`}
        >
          <rect x="-60" y="-24" width="120" height="48" rx="12" />
          <text y="-3">{name}</text>
          <text className="sub" y="14">
            {below}
          </text>
        </g>
      ))}
      <text className="sub" x="180" y="152">
        version
      </text>
      <text className="big" x="180" y="194">
        {version ?? '–'}
      </text>
    </svg>
  );
};
