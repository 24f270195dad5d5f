import { infoBoxes } from '../../src/applications/info-boxes.ts';
import { todos } from '../../src/applications/todos.ts';
import { createClient } from '../../src/client/client.ts';
import { adoptAnonymous } from '../../src/client/storage/adopt-changes.ts';
import type { TransportMode } from '../../src/client/transport/live-transports.ts';

// What the tests call in a page: the SDK as a developer would use it, and a count of the requests it makes.

const requests: string[] = [];
const counted: typeof fetch = (input, init) => {
  requests.push(String(input));
  return fetch(input, init);
};

const open = (application: string, transport: TransportMode = 'auto') =>
  createClient({ url: location.origin, application, definition: todos, transport, fetch: counted });

const openBoxes = (application: string) =>
  createClient({ url: location.origin, application, definition: infoBoxes, fetch: counted });

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
      requests: string[];
    };
    client: ReturnType<typeof open>;
    page: ReturnType<typeof openDocument>;
  }
}

window.changebucket = { open, openBoxes, openDocument, requests };
