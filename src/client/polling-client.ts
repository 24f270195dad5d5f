import type { Definition, StateOf } from '../core/definition.ts';
import type { PartAt } from '../core/json/part-at.ts';
import { type Client, openClient } from './open-client.ts';
import type { ClientOptions, DocumentKind } from './options.ts';
import { checkTransport } from './transport/check-transport.ts';
import { pollTransport } from './transport/poll-transport.ts';

/** The options of `createPollingClient`: those of `createClient` without sockets and event streams. */
export interface PollingClientOptions<Kind extends Definition = DocumentKind, Path extends string = ''>
  extends Omit<ClientOptions<Kind, Path>, 'transport' | 'WebSocket'> {
  /** `long-poll`: the server answers a poll when there is a newer state. Default: `poll`. */
  readonly transport?: 'poll' | 'long-poll';
}

/**
 * Opens an application as `createClient` does, with polls alone: a page that imports this and not `createClient` loads no
 * code for sockets and event streams, 4,000 bytes less. Nobody else is present without a socket.
 *
 * @throws TypeError as `createClient` does
 */
export const createPollingClient = <Kind extends Definition = DocumentKind, Path extends string = ''>(
  options: PollingClientOptions<Kind, Path>,
): Client<Kind, PartAt<StateOf<Kind>, Path>> => {
  checkTransport(options);
  return openClient<Kind, Path>({ transport: 'poll', ...options } as ClientOptions<Kind, Path>, pollTransport);
};
