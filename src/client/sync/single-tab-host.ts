import type { MakeLine } from '../transport/transport.ts';
import { Circuit } from './sync-engine.ts';
import type { Home, Seat } from './sync-host.ts';

/** A tab for itself, in memory. */
export const alone = (seat: Seat, makeLine: MakeLine): Home => {
  const circuit = new Circuit(seat, { makeLine, tell: seat.apply });
  let key = 0;
  circuit.start();
  return {
    ready: Promise.resolve(),
    add: (entry) => {
      key += 1;
      seat.apply({ type: 'added', entry: { ...entry, key } });
      circuit.added();
    },
    close: () => circuit.stop(),
  };
};
