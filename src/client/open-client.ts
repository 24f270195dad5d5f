import { document } from '../applications/document.ts';
import type { Definition, StateOf } from '../core/definition.ts';
import type { Inverse } from '../core/inverse.ts';
import type { PartAt } from '../core/json/part-at.ts';
import type { Json } from '../protocol/json.ts';
import { PRESENCE_TTL_S_DEFAULT } from '../protocol/limits.ts';
import { clientApi, type LightClient } from './client-api.ts';
import type { ClientOptions } from './options.ts';
import { copyJson } from './platform/copy-json.ts';
import { type Environment, globals, readGlobal } from './platform/environment.ts';
import { clientProblem } from './platform/problem-error.ts';
import { SubjectGuard } from './platform/subject-guard.ts';
import { PeerStore, type Peers } from './presence/peers.ts';
import { senderOf } from './sender.ts';
import { Session } from './session.ts';
import { openView } from './state/development-view.ts';
import { type ChangeSender, type OptimisticView, PartView } from './state/optimistic-view.ts';
import { runBatch } from './state/run-batch.ts';
import { defaultStorage } from './storage/indexed-db.ts';
import type { DispatchObserver } from './sync/dispatch.ts';
import { MultiTabHost } from './sync/multi-tab-host.ts';
import type { TabContext } from './sync/sync-host.ts';
import type { SelectTransportOptions } from './transport/poll-transport.ts';
import type { MakeTransport } from './transport/transport.ts';
import { HeldUndos } from './undo/held-undos.ts';
import { invertBatches } from './undo/invert-batch.ts';
import { revertDocument } from './undo/revert-document.ts';
import { type PushTarget, withUndo } from './undo/undo.ts';
import { guardInverse, type UndoControls, UndoHistory } from './undo/undo-history.ts';

/** The full client: optimistic, offline, over any transport, with presence and undo. */
export interface Client<Kind extends Definition, State = StateOf<Kind>> extends LightClient<Kind, State>, UndoControls {
  readonly presence: Presence;
}

/** The other users of the application, as far as they take part. Empty while there is no socket. */
export interface Presence {
  /** Those who are there now. A new object whenever something of it changes. */
  readonly peers: Peers;
  /**
   * Shows `data` to the others: it is sent again before its time is over, until it is withdrawn. The tabs of a browser
   * have one presence together.
   *
   * @param data up to 1 KB of JSON; `null` withdraws it. Throws for what is not JSON, as `push` does
   * @param ttl seconds, 1 to 60, after which it disappears when this browser has vanished. Default: 30
   */
  set(data: Json, ttl?: number): void;
  /** Calls the listener whenever the peers have changed. @returns ends the subscription */
  subscribe(listener: (peers: Peers) => void): () => void;
}

/** Chooses the transport of a client. */
type TransportOf = (options: SelectTransportOptions, peerStore: PeerStore) => MakeTransport;

/** Opens an application with the full client. @param transportOf what of the transports a bundle has */
export const openClient = <Kind extends Definition, Path extends string>(
  options: ClientOptions<Kind, Path>,
  transportOf: TransportOf,
): Client<Kind, PartAt<StateOf<Kind>, Path>> => {
  const definition: Definition = options.definition ?? document;
  const peerStore = new PeerStore();
  const sender = (): ChangeSender => senderOf(session.http, definition);
  const initial = options.seed?.state as Json | undefined;
  const view = options.path ? new PartView(definition, sender, initial) : openView(definition, sender, initial);
  const makeTransport = transportOf(options, peerStore);
  const storage = options.storage ?? defaultStorage();
  const subjects = new SubjectGuard({
    token: options.token,
    subject: options.subject,
    onOther: () => {
      session.host.hide();
      session.close(SUBJECT_CHANGED);
    },
  });
  const { token } = subjects;
  const ofChange = guardInverse(view.watch(options.inverse ?? inverseOf(definition)));
  const inverse = invertBatches(ofChange, (changes, before) => runBatch(definition, sender(), changes, before));
  const history = new UndoHistory(inverse);
  const heldUndos = new HeldUndos({
    tab: () => session,
    inverse,
    isLeading: () => session.host.isLeading,
    commit: (update) => session.host.commit(update),
  });
  const observer = observerOf(view, history, heldUndos);
  const makeHost = (tab: TabContext): MultiTabHost =>
    new MultiTabHost(tab, { ...options, storage, subjects, peerStore, makeTransport, observer });
  const session: Session<MultiTabHost> = new Session(
    { ...options, ...(token !== undefined && { token }), environment: browserEnvironment(options) },
    { view, makeHost, kind: definition.name },
  );
  const target: PushTarget = {
    newId: () => {
      session.batches.assertIdle();
      return session.environment.newId();
    },
    push: (change, parts) => session.push(change, parts),
  };
  const { push, controls } = withUndo(target, view, history);
  const presence: Presence = {
    get peers() {
      return peerStore.peers;
    },
    set: (data, ttl = PRESENCE_TTL_S_DEFAULT) => session.host.setPresence({ data: copyJson(data), ttl }),
    subscribe: (listener) => peerStore.subscribers.add((peers) => peers, listener),
  };
  return withMembers(withMembers(clientApi<Kind, PartAt<StateOf<Kind>, Path>>(session, push), controls), { presence });
};

/** Tells both what each dispatch has confirmed. */
const observerOf = (view: OptimisticView, history: UndoHistory, heldUndos: HeldUndos): DispatchObserver => ({
  observe: (result) => {
    const effects = view.effectsOf(result);
    history.confirm(result.settlements, effects);
    heldUndos.observe(result, effects);
  },
  notify: () => history.subscribers.notify(),
  close: () => {
    heldUndos.close();
    history.subscribers.clear();
  },
});

const SUBJECT_CHANGED = clientProblem(
  'subject-changed',
  0,
  'The tokens are of another subject now',
  'Open another client for the new one.',
);

/** Nothing can be undone without one. */
const inverseOf = ({ name, inverse }: Definition): Inverse =>
  inverse ?? (name === document.name ? revertDocument : () => undefined);

/** Adds members, getters included: spread syntax would read a getter once. */
const withMembers = <Target extends object, Members extends object>(
  target: Target,
  members: Members,
): Target & Members => Object.defineProperties(target, Object.getOwnPropertyDescriptors(members)) as Target & Members;

/** The globals that only the full client needs: bundles of the light one must not contain them. */
const browserEnvironment = ({
  WebSocket = globals.WebSocket,
  environment,
}: EnvironmentOptions): Partial<Environment> => ({
  WebSocket,
  locks: readGlobal(() => globals.navigator?.locks),
  ...environment,
});

type EnvironmentOptions = Pick<ClientOptions, 'WebSocket' | 'environment'>;
