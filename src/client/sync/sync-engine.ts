import type { ProblemBody } from '../../protocol/problems.ts';
import { clientProblem, nameOf } from '../platform/problem-error.ts';
import type { PendingQueue, Settlement } from '../push/pending-queue.ts';
import { PushLoop } from '../push/push-loop.ts';
import { pushOverHttp } from '../push/push-over-http.ts';
import type { Acknowledgement } from '../push/push-result.ts';
import type { ApplyResult } from '../state/local-state.ts';
import type { StateMessage } from '../state/state-messages.ts';
import { type ConnectionStatus, shallowEqual } from '../state/status.ts';
import type { Persister } from '../storage/persister.ts';
import type { MakeTransport, Transport } from '../transport/transport.ts';
import type { TransportListener } from '../transport/transport-events.ts';
import type { TabContext } from './sync-host.ts';

export interface SyncEngineOptions {
  readonly makeTransport: MakeTransport;
  /** Makes it so in this tab and tells the others. */
  readonly tell: (message: StateMessage) => ApplyResult;
  /** Without one, what is pending lives as long as the tab. */
  readonly persister?: Persister;
}

/** The loops of one browser and one application: push -> queue -> drain -> state -> back here. One tab runs them. */
export class SyncEngine {
  readonly transport: Transport;
  readonly #tab: TabContext;
  readonly #options: SyncEngineOptions;
  readonly #pushes: PushLoop;
  #stopWatching: (() => void) | undefined;

  constructor(tab: TabContext, parts: SyncEngineOptions) {
    this.#tab = tab;
    this.#options = parts;
    const { environment, http, local } = tab;
    this.transport = parts.makeTransport({
      ...{ environment, http, dispatch: parts.tell, listener: this.#listener() },
      setStatus: (news) => this.#setStatus(news),
      retryPush: () => this.#pushes.dispatch('retry-now'),
    });
    this.#pushes = new PushLoop({
      environment,
      queue: () => local.queue,
      persist: (queue, acknowledgements, settlements) => this.#persist(queue, acknowledgements, settlements),
      send: (request, controller) =>
        this.transport.push?.(request, controller) ?? pushOverHttp(http, request, controller),
      epoch: () => local.epoch,
      pollNow: () => this.transport.pollNow(),
      onProblem: (problem) => this.#onProblem(problem),
    });
  }

  start(): void {
    this.#stopWatching = this.#tab.environment.watch(() => this.#checkNetwork());
    this.#checkNetwork();
  }

  stop(): void {
    this.#stopWatching?.();
    this.transport.close();
    this.#reportTransport();
    this.#pushes.dispatch('close');
    this.#options.persister?.close();
  }

  /** A change was stored, by this tab or another one. */
  added(): void {
    this.transport.resetInterval();
    this.#pushes.dispatch('change-added');
  }

  /** Looks at the network and at whether anybody looks. */
  #checkNetwork(): void {
    const { environment } = this.#tab;
    const online = environment.isOnline();
    if (online) this.transport.start();
    else this.transport.stop();
    this.#reportTransport();
    this.#pushes.dispatch(online ? 'online' : 'offline');
    if (!online) this.#setStatus({ online });
    else if (environment.visibility() === 'visible') this.transport.resetInterval();
  }

  #reportTransport(): void {
    this.#setStatus({ transport: this.transport.name });
  }

  #persist(
    queue: PendingQueue,
    acknowledgements: readonly Acknowledgement[],
    settlements: readonly Settlement[],
  ): Promise<void> | undefined {
    const before = this.#tab.local.queue;
    const applied = this.#options.tell({ type: 'queue', queue, acknowledgements, settlements });
    return this.#options.persister?.commit(before, applied.settlements);
  }

  #listener(): TransportListener {
    const { local } = this.#tab;
    const { tell, persister } = this.#options;
    return {
      confirmed: () => local.confirmed,
      onUpdate: (update) => {
        const before = local.queue;
        const { update: result = 'stale', settlements } = tell({ type: 'state-update', update });
        if (result === 'advanced') void persister?.stateAdvanced(before, settlements);
        if (result === 'new-epoch') this.#onNewEpoch(before, settlements);
        return result;
      },
      onPosition: (position) => position && this.#setStatus({ lag: position.lag }),
      onProblem: (problem) => this.#onProblem(problem),
      onReachable: () => this.#onReachable(),
    };
  }

  /** What is in flight is not given up: a copy of it in the network could be taken for new when its n is free again. */
  #onNewEpoch(before: PendingQueue, settlements: readonly Settlement[]): void {
    void this.#options.persister?.epochChanged(before, settlements);
    this.#setStatus({ signal: 'new-epoch' });
    this.#pushes.dispatch('change-added');
  }

  #onReachable(): void {
    const { signal } = this.#tab.local.connection;
    this.#setStatus({ online: true, error: undefined, ...(isOfAccess(signal) ? { signal: undefined } : {}) });
  }

  #onProblem(problem: ProblemBody = UNREACHABLE): void {
    this.#setStatus({ online: problem.status > 0, error: problem });
    const name = nameOf(problem);
    if (isOfAccess(name)) this.#setStatus({ signal: name });
  }

  #setStatus(news: Partial<ConnectionStatus>): void {
    const known = this.#tab.local.connection;
    const connection = { ...known, ...news };
    if (!shallowEqual(connection, known)) this.#options.tell({ type: 'connection', connection });
  }
}

/** What waits for another token or another right, and ends with the first answer. */
const isOfAccess = (name: string | undefined): name is 'unauthorized' | 'unknown-application' =>
  name === 'unauthorized' || name === 'unknown-application';

const UNREACHABLE = clientProblem('unreachable', 0, 'The server cannot be reached', 'No whole answer came.');
