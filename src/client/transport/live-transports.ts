import type { Environment } from '../platform/environment.ts';
import { EventStream, type EventStreamOptions } from './event-stream.ts';
import type { LiveTransport } from './live-transport.ts';
import { Socket, type SocketOptions } from './socket.ts';

/** Which transport to use. `auto`: a socket, with polls while there is none. */
export type TransportMode = 'auto' | 'poll' | 'long-poll' | 'sse' | 'socket';

export type LiveTransportOptions = SocketOptions & EventStreamOptions;

/** What makes the transport on which the server speaks first; undefined where polling is all there is. */
export const selectLiveTransport = (
  mode: TransportMode,
  { WebSocket }: Environment,
): ((options: LiveTransportOptions) => LiveTransport) | undefined => {
  switch (mode) {
    case 'sse':
      return (options) => new EventStream(options);
    case 'auto':
    case 'socket':
      return WebSocket && ((options) => new Socket(options));
    case 'poll':
    case 'long-poll':
      return undefined;
    default:
      return mode satisfies never;
  }
};
