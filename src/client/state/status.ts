import type { ClientProblem } from '../platform/problem-error.ts';

/** The transport that brings new versions at the moment. `none`: offline, or not started yet. */
export type TransportName = 'none' | 'poll' | 'long-poll' | 'sse' | 'socket';

/** A condition that the page should show to the user, or handle. */
export type Signal =
  /** The server runs a newer version of the definition: the page should be reloaded. */
  | 'definition-older'
  /** The server runs an older version of the definition: its deployment is behind the page's. */
  | 'definition-newer'
  /** The application is of another kind than the definition. */
  | 'kind-differs'
  /** A new epoch began: the application was restored, imported or created anew. Unsent changes are sent into it. */
  | 'new-epoch'
  /** The application does not exist, or the token gives no right to it. Changes wait until it does. */
  | 'unknown-application'
  /** The server refuses the token. Changes wait for another one. */
  | 'unauthorized'
  /** The page cannot store anything: changes are lost with the tab. */
  | 'storage-failed'
  /** The browser lets tabs share nothing (Web Locks, channels), or the leading tab is frozen: this tab makes requests of its own. */
  | 'tabs-unshared'
  /** The function that fetches tokens throws, or has not answered within 10 s. It is called again with the next request. */
  | 'token-failed'
  /** A token of another subject came: the client is closed and shows nothing. Open another client for that subject. */
  | 'subject-changed';

/** The signals that wait for another token or another right: they end with the next answer. */
export const isAccessSignal = (
  name: string | undefined,
): name is 'unauthorized' | 'unknown-application' | 'token-failed' =>
  name === 'unauthorized' || name === 'unknown-application' || name === 'token-failed';

/** The connection of this browser; the same in all tabs. */
export interface ConnectionStatus<Reason extends string = string> {
  readonly transport: TransportName;
  /** True when the last request reached the server. */
  readonly online: boolean;
  /**
   * Milliseconds that the oldest queued change of any client has waited: as the server has told last, over any transport,
   * and from then on by the clock of the client, each second while the queue is not empty.
   */
  readonly lag: number;
  /** Accepted changes of all clients that were not applied yet, as the server has told last. */
  readonly queue: number;
  /** True when a state has come from the server or the store, or when there is none yet: the first push creates it. */
  readonly loaded: boolean;
  /**
   * The last problem with the server or the network, as it was told. `urn:changebucket:client:no-token` has what the
   * function that fetches tokens has thrown as its `cause`. After the next answer that of a held change, or undefined.
   */
  readonly error: ClientProblem<Reason> | undefined;
  /** The last signal. Stays until the next one; `unauthorized`, `unknown-application` and `token-failed` end with the next answer. */
  readonly signal: Signal | undefined;
}

export const NOT_CONNECTED: ConnectionStatus = {
  transport: 'none',
  online: false,
  lag: 0,
  queue: 0,
  loaded: false,
  error: undefined,
  signal: undefined,
};

/** The state of a client's connection and queue. A new object whenever something of it changes. */
export interface Status<Reason extends string = string> extends ConnectionStatus<Reason> {
  /** The number of changes that are not confirmed yet, of all tabs of this browser. */
  readonly pending: number;
  /** The version of the confirmed state; undefined until one is known. */
  readonly version: number | undefined;
  /** The epoch of the confirmed state; undefined until one is known. */
  readonly epoch: string | undefined;
}

/** Whether all members of `a` are `===` in `b`. */
export const shallowEqual = <Value extends object>(a: Value, b: Value): boolean =>
  (Object.keys(a) as (keyof Value)[]).every((key) => a[key] === b[key]);
