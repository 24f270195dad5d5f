import type { ReactNode } from 'react';
import type { TransportName } from '../client/state/status.ts';
import { median, type Stopwatch } from './stopwatch.ts';
import { useStore } from './use-store.ts';

const TRANSPORTS: readonly TransportName[] = ['poll', 'long-poll', 'sse', 'socket'];

const shown = (ms: number | undefined): string => (ms === undefined ? '–' : `${ms.toFixed(ms < 10 ? 1 : 0)} ms`);

/** From the push to the moment it is confirmed in a client, by the transport of that client. */
export const LatencyTable = ({ stopwatch }: { readonly stopwatch: Stopwatch }): ReactNode => {
  const latencies = useStore(stopwatch.latencies);
  return (
    <table>
      <caption>Push to visible, by transport</caption>
      <thead>
        <tr>
          <th scope="col">transport</th>
          <th scope="col">median</th>
          <th scope="col">last</th>
          <th scope="col">seen</th>
        </tr>
      </thead>
      <tbody>
        {TRANSPORTS.map((transport) => {
          const taken = latencies[transport] ?? [];
          return (
            <tr key={transport}>
              <th scope="row">{transport}</th>
              <td>{shown(median(taken))}</td>
              <td>{shown(taken.at(-1))}</td>
              <td>{taken.length}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
};
