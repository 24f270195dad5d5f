import type { ProblemBody } from '../../protocol/problems.ts';

/** By what a client hears of new versions at the moment. `none`: by nothing, it is offline or not begun. */
export type TransportName = 'none' | 'poll' | 'long-poll' | 'sse' | 'socket';

/** What a developer should tell the user, or do something about. */
export type Signal =
  /** The server runs a newer version of the definition: the page should be loaded again. */
  | 'definition-older'
  /** The server runs an older version of the definition: it waits for its deployment. */
  | 'definition-newer'
  /** The application is of another kind than the definition. */
  | 'kind-differs'
  /** The history was restored, imported or begun anew. Unsent changes are kept and sent into the new one. */
  | 'new-epoch'
  /** There is no such application, or the token gives no right to it. Changes wait until there is. */
  | 'unknown-application'
  /** The token is refused. Changes wait for one that is not. */
  | 'unauthorized'
  /** The browser does not let this page store anything: changes live as long as the tab. */
  | 'storage-failed';

/** How the loop of this browser does; the same in all tabs. */
export interface ConnectionStatus {
  readonly transport: TransportName;
  /** Whether the last attempt reached the server. */
  readonly online: boolean;
  /** Milliseconds that the oldest change of anybody's has waited on the server, when that was last told. */
  readonly lag: number;
  /** The last trouble with server or network; undefined once an answer came after it. */
  readonly error: ProblemBody | undefined;
  /** The last signal. Stays until another one comes; those that wait for something also end with it. */
  readonly signal: Signal | undefined;
}

export const NOT_CONNECTED: ConnectionStatus = {
  transport: 'none',
  online: false,
  lag: 0,
  error: undefined,
  signal: undefined,
};

/** How a client does. A new object whenever something of it changes. */
export interface Status extends ConnectionStatus {
  /** Changes whose effect is not confirmed yet, of all tabs of this browser. */
  readonly pending: number;
  /** Of the confirmed state; undefined until one is known. */
  readonly version: number | undefined;
  readonly epoch: string | undefined;
}

/** Whether they have the same members. */
export const shallowEqual = <Value extends object>(a: Value, b: Value): boolean =>
  (Object.keys(a) as (keyof Value)[]).every((key) => a[key] === b[key]);
