import { createClient } from '../../client/client.ts';
import type { Client } from '../../client/open-client.ts';
import { memoryStorage } from '../../client/storage/storage.ts';
import type { Definition, StateOf } from '../../core/definition.ts';
import type { PartAt } from '../../core/json/part-at.ts';
import { ProblemError } from '../../core/json/problem-error.ts';
import { isApplicationName } from '../../protocol/ids.ts';
import type { ProblemName } from '../../protocol/problems.ts';
import { checkedState } from '../memory-application.ts';
import type { Outcome } from '../outcome.ts';
import { NOW } from '../queue-changes.ts';
import type { AnyChange } from '../test-change.ts';
import { FakeApplication } from './fake-application.ts';
import { fakeFetch } from './fake-fetch.ts';
import { FakeNetwork } from './fake-network.ts';
import { FakePage } from './fake-page.ts';
import { FakeRoutes } from './fake-routes.ts';
import type {
  FakeClientOptions,
  FakeConnection,
  FakeRefusal,
  FakeServer,
  FakeServerOptions,
} from './fake-server-api.ts';
import { type FakeSocket, socketConstructor } from './fake-socket.ts';
import { type FakeSender, fakeToken } from './fake-token.ts';
import { Gate } from './gate.ts';
import { clockFrom } from './real-time.ts';
import { type OpenClient, settle } from './settle.ts';

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
 * @throws TypeError when the given state is not JSON or does not fit the schema, or the name of the application is none
 */
export const fakeServer = <Kind extends Definition>(
  definition: Kind,
  options: FakeServerOptions<Kind> = {},
): FakeServer<Kind> => new Server(definition, options);

const URL_OF_FAKE = 'https://fake.changebucket.test';
const SETTLE_MS = 5_000;
const TRANSPORTS: readonly string[] = ['auto', 'socket', 'poll', 'long-poll'];

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
  /** Whether users have a network; those without an entry have what `#isOnline` says. */
  readonly #usersOnline = new Map<string, boolean>();
  #isOnline: boolean = true;
  #ids = 0;

  constructor(definition: Kind, { state, now = NOW, application = 'alice/test' }: FakeServerOptions<Kind>) {
    if (!isApplicationName(application)) {
      throw new TypeError(`application is "${application}": it must be owner/app, such as alice/test.`);
    }
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

  client<Path extends string = ''>(
    user = 'alice',
    options: FakeClientOptions<Kind, Path> = {},
  ): Client<Kind, PartAt<StateOf<Kind>, Path>> {
    const { transport = 'auto', role, claims, ...clientOptions } = options;
    if (!TRANSPORTS.includes(transport)) {
      throw new TypeError(`A fake server has no transport "${transport}". It has: ${TRANSPORTS.join(', ')}.`);
    }
    const [page, connection] = this.#connect({ user, role, claims });
    const client = createClient<Kind, Path>({
      storage: memoryStorage(),
      ...clientOptions,
      transport,
      ...connection,
      definition: this.#definition,
    });
    const expected = transport === 'auto' ? 'socket' : transport;
    const opened: OpenClient = { user, page, client, transport: expected, isPart: !!options.path };
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
    return this.#connect({ user })[1];
  }

  push({ name, args = {}, user = 'bob', client = `${user}-elsewhere`, now, role, claims }: AnyChange): Outcome {
    if (now !== undefined) this.#application.setTime(now);
    const n = this.#application.nextN(client);
    const answer = this.#application.push({ user, role, claims, client, n, changes: [{ name, args: args as never }] });
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
    if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY))
      throw new RangeError(`slow takes milliseconds from 0 on, not ${ms}.`);
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

  #connect(sender: FakeSender): [FakePage, FakeConnection] {
    const { user } = sender;
    const page = new FakePage();
    page.isOnline = this.#isUserOnline(user);
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
      token: fakeToken({ ...sender, role: sender.role ?? this.#roleOf(user) }, this.#name),
      fetch: fakeFetch(this.#routes, this.#network, page),
      WebSocket: socketConstructor(server, page),
      environment: page.environment(this.#clock, this.#newId),
    };
    return [page, connection];
  }

  /** The owner is an admin [A2]. */
  #roleOf(user: string): 'admin' | 'writer' {
    return encodeURIComponent(user) === this.#name.split('/')[0] ? 'admin' : 'writer';
  }

  #setOnline(user: string | undefined, isOnline: boolean): void {
    if (user === undefined) {
      this.#isOnline = isOnline;
      this.#usersOnline.clear();
    } else this.#usersOnline.set(user, isOnline);
    for (const [page, owner] of this.#pages) {
      const isOwnerOnline = this.#isUserOnline(owner);
      if (page.isOnline !== isOwnerOnline) page.isOnline = isOwnerOnline;
    }
  }

  #isUserOnline(user: string): boolean {
    return this.#usersOnline.get(user) ?? this.#isOnline;
  }

  /** 24 digits, as a client makes them, and the same in each run. */
  readonly #newId = (): string => {
    this.#ids += 1;
    return this.#ids.toString(16).padStart(24, '0');
  };
}
