import type { PeerStore } from '../presence/peers.ts';
import { selectLiveTransport } from './live-transports.ts';
import { LiveWithPollingFallback } from './live-with-fallback.ts';
import { checkedContext, pollTransport, type SelectTransportOptions } from './poll-transport.ts';
import type { MakeTransport } from './transport.ts';

/** The transport for a mode; polls where the platform has no sockets. */
export const selectTransport = (
  { transport = 'auto', ...rest }: SelectTransportOptions,
  peerStore: PeerStore,
): MakeTransport => {
  const options = { ...rest, transport };
  return (context) => {
    const makeLive = selectLiveTransport(transport, context.environment);
    if (makeLive === undefined) return pollTransport(options)(context);
    return new LiveWithPollingFallback(checkedContext(context, options), {
      ...options,
      makeLive,
      peers: () => peerStore.peers,
    });
  };
};
