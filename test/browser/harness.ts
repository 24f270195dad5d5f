import { infoBoxes } from '../../src/applications/info-boxes.ts';
import { todos } from '../../src/applications/todos.ts';
import { createClient } from '../../src/client/client.ts';
import { adoptAnonymous } from '../../src/client/storage/adopt-changes.ts';
import type { TransportMode } from '../../src/client/transport/live-transports.ts';

// What the tests call in a page: the SDK as a developer would use it, and all that it sends.

/** Requests, and the frames of sockets: once a client has a socket, its pushes are no requests. */
const sent: string[] = [];
const counted: typeof fetch = (input, init) => {
  sent.push(String(input));
  return fetch(input, init);
};
class CountedSocket extends WebSocket {
  override send(text: string): void {
    sent.push(text);
    super.send(text);
  }
}
const network = { fetch: counted, WebSocket: CountedSocket };

const open = (application: string, transport: TransportMode = 'auto') =>
  createClient({ url: location.origin, application, definition: todos, transport, ...network });

const openBoxes = (application: string) =>
  createClient({ url: location.origin, application, definition: infoBoxes, ...network });

interface DocumentOptions {
  readonly token?: string;
  readonly adopts?: boolean;
}

/** A client of a document. */
const openDocument = (application: string, { token, adopts = false }: DocumentOptions = {}) =>
  createClient({
    url: location.origin,
    application,
    transport: 'poll',
    interval: 100,
    ...(token !== undefined && { token }),
    ...(adopts && { adopt: adoptAnonymous }),
  });

declare global {
  interface Window {
    changebucket: {
      open: typeof open;
      openBoxes: typeof openBoxes;
      openDocument: typeof openDocument;
      sent: string[];
    };
    client: ReturnType<typeof open>;
    page: ReturnType<typeof openDocument>;
  }
}

window.changebucket = { open, openBoxes, openDocument, sent };
