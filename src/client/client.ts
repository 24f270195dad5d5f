import type { Definition, StateOf } from '../core/definition.ts';
import type { PartAt } from '../core/json/part-at.ts';
import { type Client, openClient } from './open-client.ts';
import type { ClientOptions, DocumentKind } from './options.ts';
import { selectTransport } from './transport/select-transport.ts';

/**
 * Opens an application: an optimistic view of its state that works offline, over whichever transport works. All tabs of
 * a browser share one connection and one queue of unsent changes. Never waits: problems with the server
 * or the network are in `status.error` and `status.signal`.
 *
 * Each push names the definition's kind. An application of one's own that does not exist yet shows as the definition's
 * initial state, and the first push creates it [L2]; somebody else's is `unknown-application` in `status.error`.
 *
 * Undo and redo work for documents, and for definitions with an `inverse`.
 *
 * With `path` it follows a part of the state: `state` is the confirmed part, `undefined` while nothing stands there, and
 * changes show once the server has applied them, as reducers need the whole state. Nothing can be undone then.
 *
 * @typeParam Kind the definition, which types `push` and `state`
 * @typeParam Path the JSON Pointer of the part, which types `state`
 * @throws TypeError for a `url`, `application`, `path`, `transport`, `clientId`, `interval`, `maxLag` or name of the
 * definition that is none
 *
 * @example
 * const client = createClient({ url: 'https://state.example', application: 'alice/list', definition: todos, token });
 * client.subscribe((state) => state.items, render);
 * await client.push.add({ id: 'milk', text: 'Milk' }).applied;
 */
export const createClient = <Kind extends Definition = DocumentKind, Path extends string = ''>(
  options: ClientOptions<Kind, Path>,
): Client<Kind, PartAt<StateOf<Kind>, Path>> => openClient(options, selectTransport);
