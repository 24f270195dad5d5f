import type { Definition } from '../core/definition.ts';
import type { Json } from '../protocol/json.ts';
import { PRESENCE_TTL_S_DEFAULT } from '../protocol/limits.ts';
import { Core, type Parts } from './core.ts';
import type { History } from './history.ts';
import type { ClientOptions, PushOf, StateOf } from './options.ts';
import type { Peers } from './presence.ts';
import { pushProxy } from './push-proxy.ts';
import type { Status } from './status.ts';

/** One application as this page sees it, by whichever client. */
export interface LightClient<Kind extends Definition> {
  /** What is shown: by the light client the confirmed state, by the other one the confirmed state with everything pending on top. Never changed in place: what is `===` is the same. */
  readonly state: StateOf<Kind>;
  /** The state as the server has it; undefined until it is known. */
  readonly confirmed: StateOf<Kind> | undefined;
  readonly status: Status;
  /** Pushes a change. It shows at once, is kept until the server has it, and is applied exactly once. */
  readonly push: PushOf<Kind>;
  /** Calls whenever what the selector picks from the state is another (`Object.is`). @returns ends it */
  subscribe<Selected>(selector: (state: StateOf<Kind>) => Selected, listener: (selected: Selected) => void): () => void;
  /** Calls whenever the status is another. @returns ends it */
  subscribeStatus(listener: (status: Status) => void): () => void;
  /** Ends all loops. What is unsent stays kept; promises that wait reject with `closed`. */
  close(): void;
}

/** The whole client. */
export interface Client<Kind extends Definition> extends LightClient<Kind>, History {
  readonly presence: Presence;
  /** Resolves when the kept changes have been read and show. */
  readonly ready: Promise<void>;
}

/** Who else is there, told by the socket only; nobody on other transports. */
export interface Presence {
  readonly peers: Peers;
  /** Tells the others something: up to 1 KB of JSON. `null` takes it back. @param ttl seconds, 1 to 60, default 30 */
  set(data: Json, ttl?: number): void;
  subscribe(listener: (peers: Peers) => void): () => void;
}

/** Makes the whole client of its parts. */
export const openClient = <Kind extends Definition>(options: ClientOptions<Kind>, parts: Parts): Client<Kind> => {
  const core = new Core(options as ClientOptions<never>, parts);
  const { states, statuses, peers, replica, history } = core;
  return {
    get state() {
      return replica.state as StateOf<Kind>;
    },
    get confirmed() {
      return replica.confirmed?.state as StateOf<Kind> | undefined;
    },
    get status() {
      return replica.status;
    },
    get undoable() {
      return history.undoable;
    },
    get redoable() {
      return history.redoable;
    },
    push: pushProxy((name, args) => core.push({ name, args }, 'new')),
    presence: {
      get peers() {
        return replica.peers;
      },
      set: (data, ttl = PRESENCE_TTL_S_DEFAULT) => core.present({ data, ttl }),
      subscribe: (listener) => peers.add((value) => value, listener),
    },
    subscribe: (selector, listener) => states.add((state) => selector(state as StateOf<Kind>), listener),
    subscribeStatus: (listener) => statuses.add((status) => status, listener),
    undo: () => core.step(history.takeUndo(), 'undo'),
    redo: () => core.step(history.takeRedo(), 'redo'),
    ready: core.ready,
    close: () => core.close(),
  };
};
