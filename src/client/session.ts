import type { ChangeRequest } from '../core/inverse.ts';
import { checkOptions } from './check-options.ts';
import type { BaseClientOptions } from './options.ts';
import { defaultEnvironment, type Environment } from './platform/environment.ts';
import { HttpClient } from './platform/http-client.ts';
import { clientProblem, ProblemError } from './platform/problem-error.ts';
import { serviceUrl } from './platform/service-url.ts';
import { Subscribers } from './platform/subscribers.ts';
import { Timer } from './platform/timer.ts';
import { Tokens } from './platform/tokens.ts';
import { batchOf, isBatch } from './push/batch.ts';
import { BatchMaker } from './push/batch-maker.ts';
import type { GiveUp } from './push/give-up.ts';
import type { PushHandle } from './push/push-handle.ts';
import { conditionsOf, type PushParts } from './push/push-options.ts';
import { PushPromises } from './push/push-promises.ts';
import { TicketPoller } from './push/ticket-poller.ts';
import { Loaded } from './state/loaded.ts';
import { LocalState } from './state/local-state.ts';
import { type Seed, seededState } from './state/seed.ts';
import type { View } from './state/view.ts';
import type { MakeSyncHost, SyncHost, TabContext } from './sync/sync-host.ts';

/** The parts in which the full and the light client differ. */
export interface SessionParts<Host extends SyncHost> {
  readonly view: View;
  readonly makeHost: MakeSyncHost<Host>;
  /** The kind that pushes name [L2]. */
  readonly kind: string | undefined;
}

type SessionOptions = BaseClientOptions & {
  readonly path?: string | undefined;
  readonly seed?: Seed<unknown> | undefined;
};

const CLOSED = clientProblem('closed', 0, 'The client was closed', 'Its outcome is not known here.');

/** One application in one tab: its local state, the promises of its pushes, its subscribers and its host. */
export class Session<Host extends SyncHost> implements TabContext {
  readonly environment: Environment;
  readonly http: HttpClient;
  readonly local: LocalState;
  readonly promises: PushPromises;
  readonly batches: BatchMaker = new BatchMaker();
  readonly ticketPoller: TicketPoller;
  readonly subscribers: Subscribers<LocalState>;
  readonly giveUp: GiveUp | undefined;
  readonly host: Host;
  readonly loaded: Loaded;
  /** Aborted when the client is closed. */
  readonly closing = new AbortController();
  #isClosed: boolean = false;

  constructor({ seed, ...options }: SessionOptions, { view, makeHost, kind }: SessionParts<Host>) {
    const environment = environmentOf(options);
    checkOptions({ ...options, kind });
    const base = `${serviceUrl(options.url)}/v1/apps/${options.application}`;
    this.environment = environment;
    this.http = new HttpClient(base, new Tokens(options.token, environment.now, environment), environment, {
      kind,
      part: options.path,
    });
    this.local = new LocalState(view, options.clientId ?? environment.newId(), seed && seededState(seed, view.initial));
    this.promises = new PushPromises(base);
    if (options.onRefused) this.promises.listeners.add(options.onRefused);
    this.ticketPoller = new TicketPoller(this.http, this.promises, environment);
    this.subscribers = new Subscribers(() => this.local, new Timer(environment));
    this.giveUp = options.giveUp;
    this.loaded = new Loaded(this.http.tokens);
    this.loaded.update(this.local.status);
    this.subscribers.add(
      ({ status }) => status,
      (status) => this.loaded.update(status),
    );
    this.host = makeHost(this);
  }

  /** @param pushed its args are JSON that nobody else changes */
  push(pushed: ChangeRequest, { options = {}, undoes, id = this.environment.newId() }: PushParts = {}): PushHandle {
    this.batches.assertIdle();
    const conditions = conditionsOf(options, this.local.confirmed, this.local.queue);
    // Alone in its request, as only an atomic push has a precondition of its own; and never sent without that.
    const isAlone = (conditions.match ?? conditions.base) !== undefined && !isBatch(pushed);
    const change = isAlone ? batchOf([pushed]) : pushed;
    const handle = this.promises.open(id, change);
    if (this.#isClosed) this.promises.reject(id, CLOSED);
    else this.host.add({ id, ...change, at: this.environment.now(), ...conditions, ...(undoes && { undoes }) });
    return handle;
  }

  /** @param problem the reason with which open promises reject */
  close(problem = CLOSED): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.closing.abort(new ProblemError(problem));
    this.host.close();
    this.ticketPoller.close();
    this.promises.rejectAll(problem, this.local.connection.error);
    this.promises.listeners.clear();
    this.subscribers.clear();
    this.loaded.fail(problem);
  }
}

const environmentOf = ({ fetch, environment }: BaseClientOptions): Environment =>
  defaultEnvironment({ ...(fetch && { fetch }), ...environment });
