import type { PeerStore } from '../presence/peers.ts';
import { checkTransport, POLLS } from './check-transport.ts';
import { selectLiveTransport } from './live-transports.ts';
import { LiveWithPollingFallback } from './live-with-fallback.ts';
import { checkedContext, pollTransport, type SelectTransportOptions } from './poll-transport.ts';
import type { MakeTransport } from './transport.ts';

/** The transport for a mode; polls where the platform has no sockets. @throws TypeError for a mode that is none */
export const selectTransport = (
  { transport = 'auto', ...rest }: SelectTransportOptions,
  peerStore: PeerStore,
): MakeTransport => {
  const options = { ...rest, transport };
  checkTransport(options, ['auto', 'socket', 'sse', ...POLLS]);
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
