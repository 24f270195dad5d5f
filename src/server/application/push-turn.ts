import { withRequest } from '../logging/current-request.ts';
import type { PushMessage } from '../rpc/messages.ts';
import { acceptMigration } from './accept/accept-migration.ts';
import { acceptPushes, acceptRetry } from './accept/accept-pushes.ts';
import { creationByPush, refuseAll } from './accept/create-by-push.ts';
import type { RetryPush } from './accept/queued-push.ts';
import { metered, type TurnTimes, type VerdictWithCost } from './accept/verdict.ts';
import type { CommitGroup } from './commit/commit-group.ts';
import { type EffectTargets, performEffects } from './commit/perform-effects.ts';
import { type AcceptMode, AcceptModePolicy, acceptEffects } from './drain/accept-mode.ts';
import { noteSlowDrain } from './drain/slow-drain.ts';
import type { EngineOptions } from './engine-options.ts';
import { createApplication } from './state/creation.ts';
import type { LoadedState } from './state/loaded-state.ts';
import type { StateCache } from './state/state-cache.ts';
import { currentTombstone } from './state/tombstone.ts';

export interface PushTurnParts {
  readonly options: EngineOptions;
  readonly state: StateCache;
  readonly targets: EffectTargets;
  /** The loaded state, with the work of the previous instance resumed. */
  readonly begin: () => LoadedState | undefined;
  readonly startDrain: (loaded: LoadedState) => void;
}

/** The turns that accept changes: decide, then perform. */
export class PushTurn {
  readonly #parts: PushTurnParts;
  readonly #modes: AcceptModePolicy;

  constructor(parts: PushTurnParts) {
    this.#parts = parts;
    this.#modes = new AcceptModePolicy(parts.options.hasSurvived);
  }

  /** Call when the state was polled. */
  polled(): void {
    this.#modes.polled();
  }

  /** Accepts or refuses all pushes of a turn. @returns a verdict for each, in order */
  run(pushes: readonly PushMessage[]): VerdictWithCost[] {
    try {
      return withRequest(pushes.find(({ request }) => request !== undefined)?.request, () => this.#accept(pushes));
    } catch (error) {
      this.#modes.failed();
      throw error;
    }
  }

  /** Queues a rejected change again [O4]. */
  retry(loaded: LoadedState, push: RetryPush): VerdictWithCost {
    const { database } = this.#parts.targets;
    const [verdict] = metered(database.usage, () => {
      const { verdicts, group } = acceptRetry(database, loaded, push);
      return { verdicts, times: this.#commit(group, 'queue', push.retries) };
    });
    return verdict as VerdictWithCost;
  }

  /** Queues the migration that a newer definition needs [L5]. */
  queueMigration(loaded: LoadedState): void {
    const group = acceptMigration(this.#parts.targets.database, loaded);
    if (group !== undefined) this.#commit(group, 'queue');
  }

  #accept(pushes: readonly PushMessage[]): VerdictWithCost[] {
    const { options, targets, begin } = this.#parts;
    return metered(options.usage, () => {
      const loaded = begin() ?? this.#create(pushes);
      if (loaded === undefined) {
        const tombstone = currentTombstone(options.storage);
        const verdicts = refuseAll(options.usage.budget, pushes, { ...options, tombstone });
        return { verdicts, times: { acceptedAt: Date.now() } };
      }
      const { verdicts, group } = acceptPushes(targets.database, loaded, pushes);
      const isAwaited = targets.listeners.isWatched || pushes.some(({ wait }) => wait !== undefined);
      return { verdicts, times: this.#commit(group, this.#modes.choose(group, isAwaited)) };
    });
  }

  #commit(group: CommitGroup, mode: AcceptMode, retried?: number): TurnTimes {
    const { state, startDrain } = this.#parts;
    const acceptedAt = Date.now();
    const stages = group.changes.length === 0 ? {} : state.guard(() => this.#perform(group, mode, retried));
    if (mode !== 'queue') startDrain(group.loaded);
    return { acceptedAt, ...stages };
  }

  #perform(group: CommitGroup, mode: AcceptMode, retried: number | undefined): Pick<TurnTimes, 'commit' | 'drain'> {
    const { loaded } = group;
    const { version } = loaded;
    const begunAt = Date.now();
    const effects = acceptEffects(group, mode, retried);
    const plannedAt = Date.now();
    performEffects(this.#parts.targets, effects);
    const commit = Date.now() - plannedAt;
    if (effects.commit?.kind !== 'apply') return { commit };
    const drain = plannedAt - begunAt;
    noteSlowDrain(loaded, drain, loaded.version - version);
    return { commit, drain };
  }

  /** Creates the application, if one of the pushes may [L2]. */
  #create(pushes: readonly PushMessage[]): LoadedState | undefined {
    const { options, state, targets } = this.#parts;
    const rules = { ...options, tombstone: currentTombstone(options.storage) };
    const initial = options.usage.budget.refusal() === undefined ? creationByPush(pushes, rules) : undefined;
    if (initial === undefined) return undefined;
    state.guard(() => targets.database.transact(() => createApplication(targets.database, initial)));
    return state.current();
  }
}
