import type { PeerStore } from '../presence/peers.ts';
import { type BuiltDefinition, definitionCheck } from './definition-check.ts';
import { selectLiveTransport, type TransportMode } from './live-transports.ts';
import { LiveWithPollingFallback } from './live-with-fallback.ts';
import { Poller } from './poller.ts';
import type { MakeTransport, TransportContext } from './transport.ts';
import type { TransportListener } from './transport-events.ts';

export interface SelectTransportOptions {
  readonly transport?: TransportMode;
  readonly interval?: number;
  /** What the page was built with; undefined when it does not care. */
  readonly definition?: BuiltDefinition;
}

/** The line that is asked for, or the best one that there can be here. */
export const selectTransport =
  ({ transport = 'auto', interval, definition }: SelectTransportOptions, peerStore: PeerStore): MakeTransport =>
  (tab) => {
    const makeLive = selectLiveTransport(transport, tab.environment);
    const pace = { transport, ...(interval === undefined ? {} : { interval }) };
    const watched = definition === undefined ? tab : { ...tab, listener: withDefinitionCheck(tab, definition) };
    if (makeLive === undefined) return new Poller(watched, pace);
    return new LiveWithPollingFallback(watched, { ...pace, makeLive, peers: () => peerStore.peers });
  };

/** A watcher that has the definition checked in every history that it hears of. */
const withDefinitionCheck = (
  { listener, http, setStatus }: TransportContext,
  definition: BuiltDefinition,
): TransportListener => {
  const check = definitionCheck(http, definition, (signal) => setStatus({ signal }));
  return {
    ...listener,
    onUpdate: (update) => {
      const seen = listener.onUpdate(update);
      check(update.epoch);
      return seen;
    },
    onReachable: () => {
      listener.onReachable();
      check(listener.confirmed()?.epoch);
    },
  };
};
