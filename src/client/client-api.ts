import type { Definition, ReasonOf, StateOf } from '../core/definition.ts';
import type { ChangeRequest } from '../core/inverse.ts';
import type { ProblemBody } from '../protocol/problems.ts';
import { etagOf } from '../protocol/version.ts';
import type { BatchPushOf, NotAsync, PushOf } from './options.ts';
import { frozenCopy } from './platform/frozen.ts';
import type { PendingChange } from './push/pending-queue.ts';
import type { OnRefused, PushHandle } from './push/push-handle.ts';
import type { PushOptions } from './push/push-options.ts';
import { pushProxy } from './push/push-proxy.ts';
import type { Session } from './session.ts';
import type { LocalState } from './state/local-state.ts';
import type { Signal, Status } from './state/status.ts';
import type { SyncHost } from './sync/sync-host.ts';

/**
 * A change that something between here and the server refuses, such as a proxy or a firewall. A batch is a single one, whose
 * `name` is `$batch`: `changesIn` gives its changes.
 */
export interface HeldChange extends ChangeRequest {
  readonly id: string;
  /** The last answer: `type` is not one of Changebucket's, `status` is the HTTP status, `detail` begins the text. */
  readonly problem: ProblemBody;
}

/** One application in this page. Both clients have all of this. */
export interface LightClient<Kind extends Definition, State = StateOf<Kind>> {
  /**
   * The state to show. The full client has applied the pending changes to it; the light client shows the confirmed state,
   * and `{}` until that is known. Never changed in place: what is `===` has not changed. Frozen with everything in it, as
   * `initialState`, `confirmed`, `status` and `held` are: a write to it throws a `TypeError`. Copy it to change it.
   */
  readonly state: State;
  /** The state before anything is known: that of the option `seed`, or that of the definition. Hooks hydrate with it. */
  readonly initialState: State;
  /** The newest state that the server has sent; undefined until one has come. */
  readonly confirmed: State | undefined;
  /**
   * The etag of the confirmed state, with its quotes, for the option `ifMatch`; undefined until a state has come. It knows
   * nothing of changes that are pending: with those of one's own, use `ifUnchanged`.
   */
  readonly etag: string | undefined;
  /** The connection and the pending changes. A new object whenever something of it changes. */
  readonly status: Status<ReasonOf<Kind>>;
  /**
   * One function for each change of the definition: `client.push.add({ id: 'milk' })`. It returns at once, promises tell
   * the rest. The change is sent until the server has accepted or refused it, and is applied once. After `close` they
   * reject. A second argument has options: a precondition, and whether to tell the cost.
   *
   * The args are copied as JSON. Members that are `undefined` are left out, -0 is 0, and an object with a `toJSON` is what
   * that returns: a `Date` is its ISO text. Whatever JSON has no word for (NaN, Infinity, an invalid date, `undefined` in
   * an array, a function, a BigInt, a cycle, a Map, a Set, a typed array, an instance of a class) throws a `ProblemError`,
   * `urn:changebucket:client:not-json`, that names the JSON Pointer; nothing is queued then.
   */
  readonly push: PushOf<Kind>;
  /**
   * Pushes several changes as one atomic batch [Q7]: they are applied together, one right behind the other, or not at all.
   * They show at once, are stored, sent, held and undone as one. The handle is that of the whole: its receipt and ticket are
   * those of the last change. When one change is rejected, all of them are taken back; `applied` rejects with the problem of
   * that one, whose member `index` (from 0) tells which it was.
   *
   * @param make called once, at once. It pushes with the function that it is given, which returns nothing. What it throws is
   * thrown on, and nothing is queued then. It must not be asynchronous, and cannot push by `client.push` or nest a batch
   * @throws ProblemError `urn:changebucket:client:batch-misused` for those, and for a batch without any change;
   * `batch-too-large` for more than 1,000 changes or 1 MB [B1], with `size` and `limit`; `not-json`, as `push` does
   *
   * @example
   * await client.batch((push) => {
   *   push.remove({ id: 'milk' });
   *   push.add({ id: 'oat-milk', text: 'Oat milk' });
   * }).applied;
   */
  batch(make: (push: BatchPushOf<Kind>) => NotAsync, options?: PushOptions): PushHandle;
  /**
   * Calls the listener whenever the selected part of the state has changed (`Object.is`): not now, and not with every
   * version. An error that it throws is reported as an uncaught one and stops nothing.
   *
   * @returns ends the subscription
   */
  subscribe<Selected>(selector: (state: State) => Selected, listener: (selected: Selected) => void): () => void;
  /** Calls the listener whenever the status has changed. @returns ends the subscription */
  subscribeStatus(listener: (status: Status<ReasonOf<Kind>>) => void): () => void;
  /**
   * Calls the listener for each change that was refused, rejected or given up, of this tab or of an earlier page: after the
   * state shows it. The tab that makes the requests hears of those of the other tabs, too: they may be gone by then. Nobody
   * has to await the promises of the push for that. An error that it throws is reported as an
   * uncaught one and stops nothing.
   *
   * @returns ends the subscription
   */
  onRejected(listener: OnRefused<ReasonOf<Kind>>): () => void;
  /**
   * Calls the listener each time that a signal comes: also when `new-epoch` comes again. Not for the one that stands in
   * `status.signal` already.
   *
   * @returns ends the subscription
   */
  onSignal(listener: (signal: Signal, status: Status<ReasonOf<Kind>>) => void): () => void;
  /**
   * The changes that were answered 5 times by something that is not the server, while the server answered other requests.
   * They are kept and shown, `status.error` tells the answer, and the changes behind them are sent.
   */
  readonly held: readonly HeldChange[];
  /** Sends held changes again, behind those that were sent meanwhile. @param id of one of them. Default: all */
  retryHeld(id?: string): void;
  /** Gives held changes up: both promises reject with the problem, and `onRefused` is called. @param id Default: all */
  dropHeld(id?: string): void;
  /** Resolves when the changes and the state that were stored, if any, have been read and show. Never rejects. */
  readonly ready: Promise<void>;
  /**
   * Resolves when there is a state to show: from the server or the store, or the initial one of an application that does
   * not exist yet and that this subject may create. Rejects with a `ProblemError` while the server says that this subject
   * may not read it (403, 404; 401 with a token that cannot be renewed), and after `close`; it stays open while there is
   * no network. When that changes there is another promise here: read it anew, as `use(client.loaded)` of React does.
   */
  readonly loaded: Promise<void>;
  /**
   * Stops all requests, timers and subscriptions. Promises that are still open reject with the problem
   * `urn:changebucket:client:closed`; stored changes stay stored and are sent by the next client.
   */
  close(): void;
}

/** The session of each client, for functions that are no members: pages that do not import them do not load them. */
export const SESSIONS = new WeakMap<object, Session<SyncHost>>();

/** Makes the function that tells a signal from the one before. */
const signalKey = (): ((local: LocalState) => string | undefined) => {
  let last: string | undefined;
  return ({ status: { signal, epoch } }) => {
    // The signal stays while no state is known: then no epoch has begun.
    last = epoch ?? last;
    return signal === 'new-epoch' ? `${signal} ${last}` : signal;
  };
};

/** The public side of a session. @param push pushes one change */
export const clientApi = <Kind extends Definition, State>(
  session: Session<SyncHost>,
  push: (change: ChangeRequest, options?: PushOptions) => PushHandle,
): LightClient<Kind, State> => {
  const { subscribers, local, host, promises } = session;
  const amendHeld = (change: Partial<PendingChange>, id: string | undefined): void => {
    for (const entry of local.queue.entries) {
      if (entry.held && (id ?? entry.id) === entry.id) host.amend({ ...entry, ...change });
    }
  };
  const client: LightClient<Kind, State> = {
    get state() {
      return local.state as State;
    },
    initialState: local.initial as State,
    get confirmed() {
      return local.confirmed?.state as State | undefined;
    },
    get etag() {
      return local.confirmed && etagOf(local.confirmed);
    },
    get status() {
      return local.status;
    },
    push: pushProxy(push) as PushOf<Kind>,
    batch: (make, options) => push(session.batches.make(make as (push: object) => unknown), options),
    subscribe: (selector, listener) => subscribers.add(({ state }) => selector(state as State), listener),
    subscribeStatus: (listener) => subscribers.add(({ status }) => status, listener),
    onRejected: (listener) => {
      // Its own function: the same one may be added twice.
      const own: OnRefused = (problem, change) => listener(problem, change);
      promises.listeners.add(own);
      return () => void promises.listeners.delete(own);
    },
    onSignal: (listener) =>
      subscribers.add(signalKey(), (key) => {
        const { signal } = local.status;
        if (key !== undefined && signal !== undefined) listener(signal, local.status);
      }),
    get held() {
      return local.queue.entries.flatMap(({ id, name, args, held: problem }) =>
        problem === undefined ? [] : [frozenCopy({ id, name, args, problem })],
      );
    },
    retryHeld: (id) => amendHeld({ held: undefined }, id),
    dropHeld: (id) => amendHeld({ isDropped: true }, id),
    ready: host.ready,
    get loaded() {
      return session.loaded.promise;
    },
    close: () => session.close(),
  };
  SESSIONS.set(client, session);
  return client;
};
