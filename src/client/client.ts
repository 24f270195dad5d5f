import { document } from '../applications/document.ts';
import type { Definition } from '../core/definition.ts';
import type { Json } from '../protocol/json.ts';
import { PRESENCE_TTL_S_DEFAULT } from '../protocol/limits.ts';
import { clientApi, type LightClient } from './client-api.ts';
import type { ClientOptions, DocumentKind } from './options.ts';
import { type Environment, globals } from './platform/environment.ts';
import { subjectOf } from './platform/tokens.ts';
import { PeerStore, type Peers } from './presence/peers.ts';
import type { ChangeRequest } from './push/pending-queue.ts';
import type { PushHandle } from './push/push-promises.ts';
import { Session } from './session.ts';
import { OptimisticView } from './state/optimistic-view.ts';
import { defaultStorage } from './storage/indexed-db.ts';
import { MultiTabHost } from './sync/multi-tab-host.ts';
import type { TabContext } from './sync/sync-host.ts';
import { selectTransport } from './transport/select-transport.ts';
import { inversePatch } from './undo/inverse-patch.ts';
import { withUndo } from './undo/undo.ts';
import type { UndoControls } from './undo/undo-history.ts';

/** A client with all that there is. */
export interface Client<Kind extends Definition> extends LightClient<Kind>, UndoControls {
  readonly presence: Presence;
}

/** Who else is there, told by the socket only; nobody on other transports. */
export interface Presence {
  readonly peers: Peers;
  /** Tells the others something: up to 1 KB of JSON. `null` takes it back. @param ttl seconds, 1 to 60, default 30 */
  set(data: Json, ttl?: number): void;
  subscribe(listener: (peers: Peers) => void): () => void;
}

/**
 * Opens an application: an optimistic view of its state that works offline and repairs itself, over whichever transport
 * works. All tabs of a browser share one connection and one queue of unsent changes.
 *
 * Undo and redo work for documents; for a definition of one's own, `inverse` says what takes a change back.
 *
 * @example
 * const client = createClient({ url: 'https://state.example', application: 'alice/list', definition: todos, token });
 * client.subscribe((state) => state.items, render);
 * await client.push.add({ id: 'milk', text: 'Milk' }).applied;
 */
export const createClient = <Kind extends Definition = DocumentKind>(options: ClientOptions<Kind>): Client<Kind> => {
  const definition: Definition = options.definition ?? document;
  const peerStore = new PeerStore();
  const view = new OptimisticView(definition, () => subjectOf(session.http.tokens.claims));
  const makeTransport = selectTransport(options, peerStore);
  const storage = options.storage ?? defaultStorage();
  const makeHost = (tab: TabContext): MultiTabHost =>
    new MultiTabHost(tab, { ...options, storage, peerStore, makeTransport });
  const session: Session<MultiTabHost> = new Session(
    { ...options, environment: browserEnvironment(options) },
    { view, makeHost },
  );
  const inverse = options.inverse ?? (definition.name === document.name ? inversePatch : () => undefined);
  const target = {
    newId: session.environment.newId,
    push: (change: ChangeRequest, id: string): PushHandle => session.push(change, id),
  };
  const { push, history } = withUndo(target, view, inverse);
  const presence: Presence = {
    get peers() {
      return peerStore.peers;
    },
    set: (data, ttl = PRESENCE_TTL_S_DEFAULT) => session.host.setPresence({ data, ttl }),
    subscribe: (listener) => peerStore.subscribers.add((peers) => peers, listener),
  };
  return withParts(withParts(clientApi<Kind>(session, push), history), { presence });
};

/** Adds what is read anew each time, too: spread syntax would read it once. */
const withParts = <Whole extends object, Part extends object>(whole: Whole, part: Part): Whole & Part =>
  Object.defineProperties(whole, Object.getOwnPropertyDescriptors(part)) as Whole & Part;

/** What no other client needs of the place that it runs in. */
const browserEnvironment = ({ WebSocket = globals.WebSocket, environment }: Sockets): Partial<Environment> => ({
  WebSocket,
  locks: globals.navigator?.locks,
  ...environment,
});

type Sockets = Pick<ClientOptions, 'WebSocket' | 'environment'>;
