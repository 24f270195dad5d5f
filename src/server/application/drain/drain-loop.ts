import { planAttempt } from '../../../core/drain/attempt-plan.ts';
import { DRAIN_RETRY_MS, DRAIN_RUN_MS } from '../../../protocol/limits.ts';
import { currentRequest, withRequest } from '../../logging/current-request.ts';
import { type Effects, type EffectTargets, performEffects } from '../commit/perform-effects.ts';
import { factsOfState, inSpan } from '../commit/span.ts';
import { nextMacrotask } from '../commit/turn-batcher.ts';
import { isSuspect, type LoadedState } from '../state/loaded-state.ts';
import type { StateCache } from '../state/state-cache.ts';
import type { Database } from '../storage/database.ts';
import { planSlice } from './plan-slice.ts';
import { noteSlowDrain } from './slow-drain.ts';

export interface DrainLoopOptions {
  readonly state: StateCache;
  readonly targets: EffectTargets;
  /** Resolves when everything written so far is durable. */
  readonly sync: () => Promise<void>;
  /** Called when a run ends with an error. */
  readonly onError: (error: unknown) => void;
}

/** Applies the queue slice by slice. Alarm, waiting requests and recovery share one run at a time. */
export class DrainLoop {
  readonly #options: DrainLoopOptions;
  #running: Promise<'drained' | 'failed'> | undefined;

  constructor(options: DrainLoopOptions) {
    this.#options = options;
  }

  /** Never rejects. Takes DRAIN_RUN_MS at most; the alarm continues after that [D8]. */
  run(): Promise<'drained' | 'failed'> {
    this.#running ??= this.#runOnce().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #runOnce(): Promise<'drained' | 'failed'> {
    const [before, begunAt, request] = [this.#options.state.cached, Date.now(), currentRequest()];
    const version = before?.version ?? 0;
    try {
      await inSpan(
        'drain',
        () => factsOfState(before),
        () => this.#applySlices(request),
      );
      return 'drained';
    } catch (error) {
      withRequest(request, () => this.#options.onError(error));
      return 'failed';
    } finally {
      withRequest(request, () => this.#finish(before, begunAt, version));
    }
  }

  /** Counts a run by the number of changes whose turn has come and by its time, which includes the waits for the disk. */
  #finish(before: LoadedState | undefined, begunAt: number, version: number): void {
    const loaded = this.#options.state.cached;
    const changes = loaded === undefined || loaded.row.epoch !== before?.row.epoch ? 0 : loaded.version - version;
    if (changes <= 0 || loaded === undefined) return;
    const ms = Date.now() - begunAt;
    this.#options.targets.database.usage.operations.drained(changes, ms);
    noteSlowDrain(loaded, ms, changes);
  }

  /** @param request id of the request that has started the run */
  async #applySlices(request: string | undefined): Promise<void> {
    const { state, sync } = this.#options;
    // Only durable changes are applied: a change that crashes the object must still be in the queue afterwards [D5].
    await sync();
    let counted: number | undefined;
    for (const end = Date.now() + DRAIN_RUN_MS; Date.now() < end; ) {
      const step = withRequest(request, () => this.#step(counted));
      if (step === 'idle') return;
      counted = step === 'counted' ? state.cached && state.cached.version + 1 : undefined;
      // Timers and other requests get a turn after each slice, the last one included.
      await (step === 'counted' ? sync() : nextMacrotask());
      if (!hasWork(state.cached)) return;
    }
  }

  /** @param counted first seq of the attempt that was counted in the step before */
  #step(counted: number | undefined): 'idle' | 'counted' | 'applied' {
    const { state, targets } = this.#options;
    return state.guard(() => {
      const loaded = state.current();
      if (!hasWork(loaded)) return 'idle';
      const effects = nextEffects(targets.database, loaded, counted);
      performEffects(targets, effects);
      return effects.commit?.kind === 'count-attempt' ? 'counted' : 'applied';
    });
  }
}

/** Whether queued changes can be applied. */
export const hasWork = (loaded: LoadedState | undefined): loaded is LoadedState =>
  loaded?.definition !== undefined && loaded.blockedBy === undefined && loaded.version < loaded.head;

/** Applies a slice. For changes that the previous instance left in the queue, first counts the attempt [D5]. */
const nextEffects = (database: Database, loaded: LoadedState, counted: number | undefined): Effects => {
  const next = loaded.version + 1;
  const attempt = isSuspect(loaded)
    ? planAttempt(loaded.caution, next, loaded.suspectUntil - loaded.version)
    : undefined;
  if (attempt?.kind === 'attempt' && counted !== next) {
    const commit = { kind: 'count-attempt', attempts: attempt.level } as const;
    return { loaded, commit, alarmAt: Date.now() + DRAIN_RETRY_MS };
  }
  const { definition } = loaded;
  const planned = definition === undefined ? undefined : planSlice(database, loaded, definition, attempt);
  return planned === undefined ? { loaded, isBlocked: true } : { loaded, commit: { kind: 'drain', planned } };
};
