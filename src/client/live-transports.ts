import { EventStream, type EventStreamOptions } from './event-stream.ts';
import type { Live } from './live.ts';
import { Socket, type SocketOptions } from './socket.ts';

/** Which transport to use. `auto`: a socket, with polls while there is none. */
export type Mode = 'auto' | 'poll' | 'long-poll' | 'sse' | 'socket';

/** Makes the transport on which the server speaks first; undefined where polling is all there is. */
export type MakeLive = (mode: Mode, options: SocketOptions & EventStreamOptions) => Live | undefined;

/** All of them. A page that only polls need not carry the code. */
export const liveTransports: MakeLive = (mode, options) => {
  switch (mode) {
    case 'sse':
      return new EventStream(options);
    case 'auto':
    case 'socket':
      return options.environment.WebSocket === undefined ? undefined : new Socket(options);
    case 'poll':
    case 'long-poll':
      return undefined;
    default:
      return mode satisfies never;
  }
};
