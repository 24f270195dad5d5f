import type { ReactNode } from 'react';
import type { TransportName } from '../client/state/status.ts';
import { median, type Stopwatch } from './stopwatch.ts';
import { useStore } from './use-store.ts';

const TRANSPORTS: readonly TransportName[] = ['poll', 'long-poll', 'sse', 'socket'];

const formatMs = (ms: number | undefined): string => (ms === undefined ? '–' : `${ms.toFixed(ms < 10 ? 1 : 0)} ms`);

/** The times from a push until a client shows it confirmed, by the transport of that client. */
export const LatencyTable = ({ stopwatch }: { readonly stopwatch: Stopwatch }): ReactNode => {
  const latencies = useStore(stopwatch.latencies);
  return (
    <table>
      <caption>Time from push to visible, by transport</caption>
      <thead>
        <tr>
          <th scope="col">transport</th>
          <th scope="col">median</th>
          <th scope="col">last</th>
          <th scope="col">count</th>
        </tr>
      </thead>
      <tbody>
        {TRANSPORTS.map((transport) => {
          const times = latencies[transport] ?? [];
          return (
            <tr key={transport}>
              <th scope="row">{transport}</th>
              <td>{formatMs(median(times))}</td>
              <td>{formatMs(times.at(-1))}</td>
              <td>{times.length}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
};
