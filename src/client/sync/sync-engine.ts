import { QUEUE_NOTICE_MS } from '../../protocol/limits.ts';
import type { ProblemBody } from '../../protocol/problems.ts';
import type { Version } from '../../protocol/version.ts';
import { UNREACHABLE } from '../platform/http-client.ts';
import { nameOf } from '../platform/problem-error.ts';
import { Timer } from '../platform/timer.ts';
import { PushLoop } from '../push/push-loop.ts';
import { pushOverHttp } from '../push/push-over-http.ts';
import { isRefusal } from '../state/loaded.ts';
import type { StateUpdate, UpdateResult } from '../state/state-update.ts';
import { type ConnectionStatus, isAccessSignal, shallowEqual } from '../state/status.ts';
import type { MakeTransport, Transport } from '../transport/transport.ts';
import type { TransportListener } from '../transport/transport-events.ts';
import type { Dispatch } from './dispatch.ts';
import type { TabContext } from './sync-host.ts';

/** So many ms after the platform has said that there is no network, it is tried all the same: `onLine` may be wrong. */
const OFFLINE_MS = 3_000;

/**
 * The loops of one browser and one application: pushes go out, states come in, and each of both is dispatched. One tab
 * runs them.
 */
export class SyncEngine {
  readonly transport: Transport;
  readonly #tab: TabContext;
  readonly #dispatch: Dispatch;
  readonly #pushLoop: PushLoop;
  readonly #offlineTimer: Timer;
  /** Until the lag that is shown grows by itself. */
  readonly #lagTimer: Timer;
  #isOnline: boolean | undefined;
  #stopWatching: (() => void) | undefined;

  constructor(tab: TabContext, dispatch: Dispatch, makeTransport: MakeTransport) {
    const { environment, http, local, giveUp } = tab;
    this.#tab = tab;
    this.#offlineTimer = new Timer(environment);
    this.#lagTimer = new Timer(environment);
    this.#dispatch = dispatch;
    this.transport = makeTransport({
      environment,
      http,
      dispatch,
      listener: this.#listener(),
      status: () => local.connection,
      hasPending: () => local.queue.entries.length > 0,
      setStatus: (change) => this.#setStatus(change),
      retryPush: () => this.#pushLoop.handle('retry-now'),
    });
    this.#pushLoop = new PushLoop({
      environment,
      local,
      giveUp,
      commit: (update) => dispatch([{ type: 'queue', ...update }]).stored,
      send: (request, controller) =>
        this.transport.push?.(request, controller) ?? pushOverHttp(http, request, controller),
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
    this.#offlineTimer.clear();
    this.transport.close();
    this.#setStatus({ transport: this.transport.name });
    this.#pushLoop.handle('close');
  }

  /** A change was stored, by this tab or another one. */
  onChangeAdded(): void {
    this.transport.resetInterval();
    this.#pushLoop.handle('change-added');
  }

  /** A state or a patch has come from the server. @returns its effect */
  receive(update: StateUpdate): UpdateResult['kind'] {
    if (update.kind === 'patch') this.#confirmSeed({ epoch: update.epoch, version: update.from });
    const { update: kind = 'stale' } = this.#dispatch([{ type: 'state-update', update, isAnswer: true }]);
    if (kind === 'new-epoch') this.#onNewEpoch();
    return kind;
  }

  /** The server knows the version: if it is that of the seed, this is confirmed, for all tabs and the store. */
  #confirmSeed({ epoch, version }: Version): void {
    const { seed } = this.#tab.local;
    if (seed?.epoch === epoch && seed.version === version) this.receive({ kind: 'state', ...seed });
  }

  /** To be called whenever the network, or whether the page is visible, may have changed. */
  #checkNetwork(): void {
    const { environment } = this.#tab;
    const online = environment.isOnline();
    if (online) this.#startLoops();
    // Only once: where this is wrong, looking at another tab must not cut the connection.
    else if (this.#isOnline !== online) this.#pauseLoops();
    this.#isOnline = online;
    if (online && environment.visibility() === 'visible') this.transport.resetInterval();
  }

  #startLoops(): void {
    this.#offlineTimer.clear();
    this.transport.start();
    this.#setStatus({ transport: this.transport.name });
    this.#pushLoop.handle('online');
  }

  /** Ends what is in flight. After a while the loops try all the same, ever more rarely: the platform may be wrong. */
  #pauseLoops(): void {
    this.#offlineTimer.set(OFFLINE_MS, () => this.#startLoops());
    this.transport.stop();
    this.#setStatus({ transport: this.transport.name, online: false });
    this.#pushLoop.handle('offline');
  }

  #listener(): TransportListener {
    const { http } = this.#tab;
    return {
      confirmed: () => this.#tab.local.base,
      onUpdate: (update) => this.receive(update),
      onUnchanged: (known) => known && this.#confirmSeed(known),
      onPosition: (position) => position && this.#setStatus({ lag: position.lag, queue: position.queue }),
      onProblem: (problem) => {
        if (http.awaitsCreation(problem)) this.#onMissing();
        else this.#onProblem(problem, problem && isRefusal(problem, http.tokens) && { loaded: false });
      },
      onReachable: () => this.#onReachable(),
    };
  }

  /**
   * The request in flight is not aborted: once its n is free again in the new epoch, a copy of it that the network has
   * delayed could be accepted as a new change.
   */
  #onNewEpoch(): void {
    this.#setStatus({ signal: 'new-epoch' });
    this.#pushLoop.handle('change-added');
  }

  #onReachable(): void {
    this.#pushLoop.onReachable();
    const { signal } = this.#tab.local.connection;
    this.#setStatus({ online: true, error: undefined, signal: isAccessSignal(signal) ? undefined : signal });
  }

  /**
   * The application does not exist yet, or any more: it is as if nobody had changed it, and the first push creates it. A
   * push that has failed to do so has said why.
   */
  #onMissing(): void {
    const { base, connection } = this.#tab.local;
    if (base === undefined) this.#setStatus({ loaded: true });
    else
      this.#dispatch([{ type: 'state-dropped' }, { type: 'connection', connection: { ...connection, loaded: true } }]);
    if (connection.error && nameOf(connection.error) === 'unknown-application') this.#setStatus({ online: true });
    else this.#onReachable();
  }

  /** @param change what else is known of the connection then */
  #onProblem(problem: ProblemBody = UNREACHABLE, change: Partial<ConnectionStatus> | false | undefined = false): void {
    const name = nameOf(problem);
    const signal = this.#tab.http.tokens.isFailing ? 'token-failed' : name;
    this.#setStatus({
      online: problem.status > 0,
      error: problem,
      ...(isAccessSignal(signal) && { signal }),
      ...change,
    });
  }

  #setStatus(change: Partial<ConnectionStatus>): void {
    const before = this.#tab.local.connection;
    const connection = { ...before, ...change };
    if (!shallowEqual(connection, before)) this.#dispatch([{ type: 'connection', connection }]);
    if (change.lag !== undefined || change.transport !== undefined) this.#waitOn(connection);
  }

  /** Nobody tells of a queue to which nothing is added [W18]: its oldest change waits on, as long as somebody listens. */
  #waitOn({ lag, queue, transport }: ConnectionStatus): void {
    const { now } = this.#tab.environment;
    const since = now();
    if (queue === 0 || transport === 'none') this.#lagTimer.clear();
    else this.#lagTimer.set(QUEUE_NOTICE_MS, () => this.#setStatus({ lag: lag + now() - since }));
  }
}
