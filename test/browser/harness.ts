import { infoBoxes } from '../../src/applications/info-boxes.ts';
import { todos } from '../../src/applications/todos.ts';
import { createClient } from '../../src/client/client.ts';
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

declare global {
  interface Window {
    changebucket: { open: typeof open; openBoxes: typeof openBoxes; requests: string[] };
    client: ReturnType<typeof open>;
  }
}

window.changebucket = { open, openBoxes, requests };
