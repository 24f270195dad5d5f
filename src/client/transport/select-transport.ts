import type { PeerStore } from '../presence/peers.ts';
import { type BuiltDefinition, DefinitionCheck } from './definition-check.ts';
import { selectLiveTransport, type TransportMode } from './live-transports.ts';
import { LiveWithPollingFallback } from './live-with-fallback.ts';
import { Poller } from './poller.ts';
import type { MakeTransport, TransportContext } from './transport.ts';
import type { TransportListener } from './transport-events.ts';

/** The options of `selectTransport`. */
export interface SelectTransportOptions {
  readonly transport?: TransportMode;
  readonly interval?: number;
  readonly maxLag?: number | undefined;
  /** The definition of the page, to be compared with the server's; undefined: no comparison. */
  readonly definition?: BuiltDefinition;
}

/** The transport for a mode; polls where the platform has no sockets. */
export const selectTransport =
  ({ transport = 'auto', interval, maxLag, definition }: SelectTransportOptions, peerStore: PeerStore): MakeTransport =>
  (context) => {
    const makeLive = selectLiveTransport(transport, context.environment);
    const options = { transport, maxLag, ...(interval === undefined ? {} : { interval }) };
    const checked =
      definition === undefined ? context : { ...context, listener: withDefinitionCheck(context, definition) };
    if (makeLive === undefined) return new Poller(checked, options);
    return new LiveWithPollingFallback(checked, { ...options, makeLive, peers: () => peerStore.peers });
  };

/** A listener that also checks the definition, with every answer. */
const withDefinitionCheck = (context: TransportContext, definition: BuiltDefinition): TransportListener => {
  const { listener } = context;
  const check = new DefinitionCheck(context, definition);
  const epoch = (): string | undefined => listener.confirmed()?.epoch;
  return {
    ...listener,
    onUpdate: (update) => {
      const result = listener.onUpdate(update);
      check.onAnswer(update.epoch);
      return result;
    },
    onPosition: (position) => {
      listener.onPosition(position);
      check.onAnswer(position?.epoch, position?.definition);
    },
    onReachable: () => {
      listener.onReachable();
      check.onAnswer(epoch());
    },
    onDefinition: (version) => check.onAnswer(epoch(), version),
  };
};
