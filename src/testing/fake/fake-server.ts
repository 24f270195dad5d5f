import { type Client, createClient } from '../../client/client.ts';
import type { ClientOptions } from '../../client/options.ts';
import type { Environment, SocketConstructor } from '../../client/platform/environment.ts';
import { memoryStorage } from '../../client/storage/storage.ts';
import type { Definition, StateOf } from '../../core/definition.ts';
import { ProblemError } from '../../core/json/problem-error.ts';
import type { Cure, ProblemName } from '../../protocol/problems.ts';
import { checkedState } from '../memory-application.ts';
import type { Outcome } from '../outcome.ts';
import { NOW } from '../queue-changes.ts';
import type { AnyChange, TestChange } from '../test-change.ts';
import { FakeApplication } from './fake-application.ts';
import { fakeFetch } from './fake-fetch.ts';
import { FakeNetwork } from './fake-network.ts';
import { FakePage } from './fake-page.ts';
import { FakeRoutes } from './fake-routes.ts';
import { type FakeSocket, socketConstructor } from './fake-socket.ts';
import { fakeToken } from './fake-token.ts';
import { Gate } from './gate.ts';
import { clockFrom } from './real-time.ts';
import { type OpenClient, settle } from './settle.ts';

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
export type FakeClientOptions<Kind extends Definition> = Omit<
  ClientOptions<Kind>,
  keyof FakeConnection | 'definition' | 'transport'
> & {
  /** Default: `auto`, a socket. A fake server has no event streams. */
  readonly transport?: 'auto' | 'socket' | 'poll' | 'long-poll';
};

/** A server in the memory of the test, with one application. Its clients are those of the SDK. */
export interface FakeServer<Kind extends Definition> {
  /** The state, with everything that was pushed so far. A copy. */
  readonly state: StateOf<Kind>;
  /** What became of every change that was accepted, in order. Errors that reducers threw are attached. */
  readonly outcomes: readonly Outcome[];
  /**
   * Opens a client, as a browser of its own: it shares nothing with the others, of the same user neither.
   *
   * @param user the subject of its token, which reducers get as `user`. Default: `alice`
   */
  client(user?: string, options?: FakeClientOptions<Kind>): Client<Kind>;
  /** What a client needs that the tested code opens itself. `settle` does not know it. @param user Default: `alice` */
  connection(user?: string): FakeConnection;
  /**
   * Pushes a change as somebody without a client here, at once. Default of `user`: `bob`.
   *
   * @returns what became of it: clients hear of it after the latency
   * @throws RangeError when its `now` is before the time of an earlier change
   */
  push(change: TestChange<Kind>): Outcome;
  /** Takes the network from the clients of a user. @param user Default: from all clients, also later ones */
  offline(user?: string): void;
  /** Gives it back. @param user Default: to all */
  online(user?: string): void;
  /** Lets everything between clients and server take so many ms, half of them in each direction. 0: at once again. */
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

/**
 * Makes a server in the memory of the test, for tests of components and of other code that uses a client. It runs the
 * definition as the real one does, and real clients talk to it in the real protocol; only the network is not there. It
 * applies everything at once and keeps it until the test is over.
 *
 * It uses the timers of the platform as they were when this module was imported: clients and server go on while a test
 * has replaced them by its own.
 *
 * @example
 * const server = fakeServer(todos);
 * const alice = server.client('alice');
 * alice.push.add({ id: 'milk', text: 'Milk' });
 * await server.settle();
 * server.push({ name: 'complete', args: { id: 'milk', done: true }, user: 'bob' });
 * @throws TypeError when the given state is not JSON or does not fit the schema
 */
export const fakeServer = <Kind extends Definition>(
  definition: Kind,
  options: FakeServerOptions<Kind> = {},
): FakeServer<Kind> => new Server(definition, options);

const URL_OF_FAKE = 'https://fake.changebucket.test';
const SETTLE_MS = 5_000;

class Server<Kind extends Definition> implements FakeServer<Kind> {
  readonly #definition: Kind;
  readonly #name: string;
  readonly #application: FakeApplication;
  readonly #network = new FakeNetwork();
  readonly #gate: Gate;
  readonly #routes: FakeRoutes;
  readonly #sockets = new Set<FakeSocket>();
  readonly #clients = new Set<OpenClient>();
  readonly #pages = new Map<FakePage, string>();
  readonly #clock: () => number;
  #isOnline: boolean = true;
  #ids = 0;

  constructor(definition: Kind, { state, now = NOW, application = 'alice/test' }: FakeServerOptions<Kind>) {
    this.#definition = definition;
    this.#name = application;
    this.#application = new FakeApplication(definition, checkedState(definition, state), now);
    this.#gate = new Gate(definition.name);
    this.#routes = new FakeRoutes(this.#application, this.#gate, `/v1/apps/${application}`);
    this.#clock = clockFrom(now);
  }

  get state(): StateOf<Kind> {
    return this.#application.state as StateOf<Kind>;
  }

  get outcomes(): readonly Outcome[] {
    return this.#application.outcomes;
  }

  client(user = 'alice', options: FakeClientOptions<Kind> = {}): Client<Kind> {
    const [page, connection] = this.#connect(user);
    const client = createClient<Kind>({
      storage: memoryStorage(),
      ...options,
      ...connection,
      definition: this.#definition,
    });
    const { transport = 'auto' } = options;
    const opened: OpenClient = { user, page, client, transport: transport === 'auto' ? 'socket' : transport };
    this.#clients.add(opened);
    const { close } = client;
    return Object.assign(client, {
      close: () => {
        this.#clients.delete(opened);
        close();
      },
    });
  }

  connection(user = 'alice'): FakeConnection {
    return this.#connect(user)[1];
  }

  push({ name, args = {}, user = 'bob', client = `${user}-elsewhere`, now }: AnyChange): Outcome {
    if (now !== undefined) this.#application.setTime(now);
    const n = this.#application.nextN(client);
    const answer = this.#application.push({ user, client, n, changes: [{ name, args: args as never }] });
    if (answer.kind === 'accepted') return this.outcomes.at(-1) as Outcome;
    const { problem } = answer;
    return { status: 'refused', name, problem, reason: problem.reason, error: new ProblemError(problem) };
  }

  offline(user?: string): void {
    this.#setOnline(user, false);
  }

  online(user?: string): void {
    this.#setOnline(user, true);
  }

  slow(ms: number): void {
    this.#network.latencyMs = ms / 2;
  }

  refuse(
    name: ProblemName,
    { detail = 'The fake server was asked to refuse it.', times = 1, ...cure }: FakeRefusal = {},
  ): void {
    this.#gate.refuseNext(name, times, detail, cure);
  }

  settle(withinMs = SETTLE_MS): Promise<void> {
    const version = (): number => this.#application.current.version;
    return settle({ clients: this.#clients, network: this.#network, version }, withinMs);
  }

  close(): void {
    for (const { client } of [...this.#clients]) client.close();
  }

  #connect(user: string): [FakePage, FakeConnection] {
    const page = new FakePage();
    page.isOnline = this.#isOnline;
    this.#pages.set(page, user);
    const server = {
      application: this.#application,
      network: this.#network,
      gate: this.#gate,
      sockets: this.#sockets,
      newId: this.#newId,
    };
    const connection = {
      url: URL_OF_FAKE,
      application: this.#name,
      token: fakeToken(user),
      fetch: fakeFetch(this.#routes, this.#network, page),
      WebSocket: socketConstructor(server, page),
      environment: page.environment(this.#clock, this.#newId),
    };
    return [page, connection];
  }

  #setOnline(user: string | undefined, isOnline: boolean): void {
    if (user === undefined) this.#isOnline = isOnline;
    for (const [page, owner] of this.#pages) if (user === undefined || owner === user) page.isOnline = isOnline;
  }

  /** 24 digits, as a client makes them, and the same in each run. */
  readonly #newId = (): string => {
    this.#ids += 1;
    return this.#ids.toString(16).padStart(24, '0');
  };
}
