import type { Client } from '../../client/open-client.ts';
import type { ClientOptions } from '../../client/options.ts';
import type { Environment, SocketConstructor } from '../../client/platform/environment.ts';
import type { Claims, Definition, ReasonOf, StateOf } from '../../core/definition.ts';
import type { PartAt } from '../../core/json/part-at.ts';
import type { Cure, ProblemName } from '../../protocol/problems.ts';
import type { Outcome } from '../outcome.ts';
import type { TestChange } from '../test-change.ts';

/** The options of `fakeServer`. */
export interface FakeServerOptions<Kind extends Definition> {
  /** The state of the application. Default: the initial state of the definition. It is copied. */
  readonly state?: StateOf<Kind>;
  /**
   * The time at which the server accepts changes, in ms since 1970: it stands still, so that states can be compared. The
   * clock of the clients begins there and runs. Default: 1 January 2026, 00:00 UTC.
   */
  readonly now?: number;
  /** The name of the application, `owner/app`. Default: `alice/test`. */
  readonly application?: string;
}

/** How the next pushes are refused: with a detail, and what helps the client to go on, such as `retryAfter`. */
export interface FakeRefusal extends Cure {
  /** Default: a sentence that names the fake server. */
  readonly detail?: string;
  /** The number of pushes. Default: 1. */
  readonly times?: number;
}

/** What connects a client of the SDK with a fake server: `createClient({ ...server.connection('alice'), definition })`. */
export interface FakeConnection {
  readonly url: string;
  readonly application: string;
  readonly token: string;
  readonly fetch: typeof fetch;
  readonly WebSocket: SocketConstructor;
  readonly environment: Omit<Environment, 'fetch' | 'WebSocket'>;
}

/** Options of a client of a fake server: all but those that connect it. */
export type FakeClientOptions<Kind extends Definition, Path extends string = ''> = Omit<
  ClientOptions<Kind, Path>,
  keyof FakeConnection | 'definition' | 'transport'
> & {
  /** The role that its token has. Default: `admin` for the owner of the application, `writer` for others. */
  readonly role?: 'writer' | 'admin' | undefined;
  /** Further claims of its token: reducers get those that the definition lists. Default: none. */
  readonly claims?: Claims | undefined;
  /** Default: `auto`, a socket. A fake server has no event streams. */
  readonly transport?: 'auto' | 'socket' | 'poll' | 'long-poll';
};

/** A server in the memory of the test, with one application. Its clients are those of the SDK. */
export interface FakeServer<Kind extends Definition> {
  /** The state, with everything that was pushed so far. A copy. */
  readonly state: StateOf<Kind>;
  /** What became of every change that was accepted, in order. Errors that reducers threw are attached. */
  readonly outcomes: readonly Outcome<ReasonOf<Kind>>[];
  /**
   * Opens a client, as a browser of its own: it shares nothing with the others, of the same user neither.
   *
   * @param user the subject of its token, which reducers get as `user`. Default: `alice`
   * @throws TypeError for a transport that a fake server does not have
   */
  client<Path extends string = ''>(
    user?: string,
    options?: FakeClientOptions<Kind, Path>,
  ): Client<Kind, PartAt<StateOf<Kind>, Path>>;
  /** What a client needs that the tested code opens itself. `settle` does not know it. @param user Default: `alice` */
  connection(user?: string): FakeConnection;
  /**
   * Pushes a change as somebody without a client here, at once. Default of `user`: `bob`.
   *
   * @returns what became of it: clients hear of it after the latency
   * @throws RangeError when its `now` is before the time of an earlier change
   */
  push(change: TestChange<Kind>): Outcome<ReasonOf<Kind>>;
  /** Takes the network from the clients of a user, also from later ones. @param user Default: from all users */
  offline(user?: string): void;
  /** Gives it back. @param user Default: to all */
  online(user?: string): void;
  /**
   * Lets everything between clients and server take so many ms, half of them in each direction. 0: at once again.
   *
   * @throws RangeError when it is no number from 0 on
   */
  slow(ms: number): void;
  /**
   * Refuses the next push of a client, as a server does with this problem. Those that pass by themselves (`unavailable`,
   * `rate-limited`, `queue-full` ...) are sent again by the client, the others reject the promises of the push.
   *
   * @throws TypeError when there is no such problem
   */
  refuse(problem: ProblemName, refusal?: FakeRefusal): void;
  /**
   * Waits until nothing is pending, and every client shows the newest state. Clients that are offline are not waited for.
   *
   * @param withinMs real milliseconds. Default: 5,000
   * @throws Error when it takes longer, with what is missing
   */
  settle(withinMs?: number): Promise<void>;
  /** Closes all clients. */
  close(): void;
}
