import type { Environment } from '../platform/environment.ts';
import { EventStream, type EventStreamOptions } from './event-stream.ts';
import type { LiveTransport } from './live-transport.ts';
import { Socket, type SocketOptions } from './socket.ts';

/** The transport to use. `auto`: a socket, and polls while there is none. */
export type TransportMode = 'auto' | 'poll' | 'long-poll' | 'sse' | 'socket';

export type LiveTransportOptions = SocketOptions & EventStreamOptions;

/** The constructor of the live transport for a mode; undefined for polls, and for sockets where there is no `WebSocket`. */
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
