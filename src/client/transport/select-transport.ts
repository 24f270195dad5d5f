import type { Room } from '../presence/room.ts';
import { type Built, definitionCheck } from './definition-check.ts';
import { liveTransport, type TransportMode } from './live-transports.ts';
import { LiveLine } from './live-with-fallback.ts';
import { Poller } from './poller.ts';
import type { LineSeat, MakeLine } from './transport.ts';
import type { Watcher } from './transport-events.ts';

export interface FullLineOptions {
  readonly transport?: TransportMode;
  readonly interval?: number;
  /** What the page was built with; undefined when it does not care. */
  readonly definition?: Built;
}

/** The line that is asked for, or the best one that there can be here. */
export const fullLine =
  ({ transport = 'auto', interval, definition }: FullLineOptions, room: Room): MakeLine =>
  (seat) => {
    const makeLive = liveTransport(transport, seat.environment);
    const pace = { transport, ...(interval === undefined ? {} : { interval }) };
    const watched = definition === undefined ? seat : { ...seat, watcher: checked(seat, definition) };
    if (makeLive === undefined) return new Poller(watched, pace);
    return new LiveLine(watched, { ...pace, makeLive, peers: () => room.peers });
  };

/** A watcher that has the definition checked in every history that it hears of. */
const checked = ({ watcher, http, link }: LineSeat, definition: Built): Watcher => {
  const check = definitionCheck(http, definition, (signal) => link({ signal }));
  return {
    ...watcher,
    see: (sighting) => {
      const seen = watcher.see(sighting);
      check(sighting.epoch);
      return seen;
    },
    answered: () => {
      watcher.answered();
      check(watcher.confirmed()?.epoch);
    },
  };
};
