import type { Definition } from '../core/definition.ts';
import type { Json } from '../protocol/json.ts';
import type { PushOf, StateOf } from './options.ts';
import type { ChangeRequest } from './push/pending-queue.ts';
import type { PushHandle } from './push/push-promises.ts';
import type { Session } from './session.ts';
import type { Status } from './state/status.ts';
import type { SyncHost } from './sync/sync-host.ts';

/** One application as this page sees it. */
export interface LightClient<Kind extends Definition> {
  /** What is shown, with everything pending on top where reducers are. Never changed in place: what is `===` is the same. */
  readonly state: StateOf<Kind>;
  /** The state as the server has it; undefined until it is known. */
  readonly confirmed: StateOf<Kind> | undefined;
  readonly status: Status;
  /** Pushes a change. It is sent until the server has it, and is applied exactly once. */
  readonly push: PushOf<Kind>;
  /** Calls whenever what the selector picks from the state is another (`Object.is`). @returns ends it */
  subscribe<Selected>(selector: (state: StateOf<Kind>) => Selected, listener: (selected: Selected) => void): () => void;
  /** Calls whenever the status is another. @returns ends it */
  subscribeStatus(listener: (status: Status) => void): () => void;
  /** Resolves when the changes that were kept, if any, have been read and show. */
  readonly ready: Promise<void>;
  /** Ends all loops; promises that wait reject with `closed`. What was kept of the unsent changes stays so. */
  close(): void;
}

/** A core as pages see it. @param push makes a change on it */
export const clientApi = <Kind extends Definition>(
  session: Session<SyncHost>,
  push: (change: ChangeRequest) => PushHandle,
): LightClient<Kind> => {
  const { subscribers, local } = session;
  return {
    get state() {
      return local.state as StateOf<Kind>;
    },
    get confirmed() {
      return local.confirmed?.state as StateOf<Kind> | undefined;
    },
    get status() {
      return local.status;
    },
    push: pushProxy(push) as PushOf<Kind>,
    subscribe: (selector, listener) => subscribers.add(({ state }) => selector(state as StateOf<Kind>), listener),
    subscribeStatus: (listener) => subscribers.add(({ status }) => status, listener),
    ready: session.host.ready,
    close: () => session.close(),
  };
};

/** One function for every name there may be: the light client does not know which there are. */
const pushProxy = (push: (change: ChangeRequest) => PushHandle): object =>
  new Proxy(
    {},
    {
      // A promise is what has a `then`: whoever awaits this must not push one.
      get: (_, name) =>
        typeof name === 'symbol' || name === 'then' ? undefined : (args: Json = {}) => push({ name, args }),
    },
  );
