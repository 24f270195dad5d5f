import type { Json } from '../protocol/json.ts';
import type { BaseClientOptions } from './options.ts';
import { defaultEnvironment, type Environment } from './platform/environment.ts';
import { HttpClient } from './platform/http-client.ts';
import { clientProblem } from './platform/problem-error.ts';
import { Subscribers } from './platform/subscribers.ts';
import { Tokens } from './platform/tokens.ts';
import type { ChangeRequest } from './push/pending-queue.ts';
import { type PushHandle, PushPromises } from './push/push-promises.ts';
import { TicketPoller } from './push/ticket-poller.ts';
import { type ApplyResult, LocalState } from './state/local-state.ts';
import type { StateMessage } from './state/state-messages.ts';
import type { Status } from './state/status.ts';
import type { View } from './state/view.ts';
import type { MakeSyncHost, SyncHost, TabContext } from './sync/sync-host.ts';

/** What a client is made of besides its options; the light one brings less. */
export interface SessionParts<Its extends SyncHost> {
  readonly view: View;
  readonly makeHost: MakeSyncHost<Its>;
}

const CLOSED = clientProblem('closed', 0, 'The client was closed', 'Its outcome is not known here.');

/** One application in one tab: what it shows, and what its pushes have become. */
export class Session<Its extends SyncHost> implements TabContext {
  readonly environment: Environment;
  readonly http: HttpClient;
  readonly local: LocalState;
  readonly promises: PushPromises;
  readonly states: Subscribers<Json>;
  readonly statuses: Subscribers<Status>;
  readonly host: Its;
  readonly #ticketPoller: TicketPoller;
  #isClosed: boolean = false;

  constructor(options: BaseClientOptions, { view, makeHost }: SessionParts<Its>) {
    const environment = environmentOf(options);
    const base = `${options.url.replace(/\/$/, '')}/v1/apps/${options.application}`;
    this.environment = environment;
    this.http = new HttpClient(base, new Tokens(options.token, environment.now), environment);
    this.local = new LocalState(view, options.clientId ?? environment.newId());
    this.promises = new PushPromises(options.onRefused);
    this.states = new Subscribers(() => this.local.state);
    this.statuses = new Subscribers(() => this.local.status);
    this.#ticketPoller = new TicketPoller(this.http, this.promises, environment);
    this.host = makeHost(this);
  }

  push({ name, args }: ChangeRequest, id: string = this.environment.newId()): PushHandle {
    // A copy: what the caller does with the args afterwards is not part of the change.
    const change = { name, args: JSON.parse(JSON.stringify(args)) as Json };
    const pushed = this.promises.open(id, change);
    if (this.#isClosed) this.promises.fail(id, CLOSED);
    else this.host.add({ id, ...change, at: this.environment.now() });
    return pushed;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.host.close();
    this.#ticketPoller.close();
    this.promises.close(CLOSED);
    this.states.clear();
    this.statuses.clear();
  }

  readonly take = (message: StateMessage): ApplyResult => {
    const { client } = this.local.queue;
    const applied = this.local.apply(message);
    for (const each of applied.acknowledgements) this.promises.acknowledge(each);
    for (const each of applied.settlements) this.promises.remove(each, client);
    this.#ticketPoller.schedule();
    return applied;
  };

  readonly notify = (): void => {
    this.states.notify();
    this.statuses.notify();
  };

  readonly apply = (message: StateMessage): ApplyResult => {
    const applied = this.take(message);
    this.notify();
    return applied;
  };
}

const environmentOf = ({ fetch, environment }: BaseClientOptions): Environment =>
  defaultEnvironment({ ...(fetch === undefined ? {} : { fetch }), ...environment });
