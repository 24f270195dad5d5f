import type { Definition } from '../../../core/definition.ts';
import type { Slice } from '../../../core/drain/drain-slice.ts';
import { DRAIN_RUN_MS } from '../../../protocol/limits.ts';
import { describeError, log } from '../../logging/log.ts';
import { countAttempt, drainOnce } from '../commit/commit-slice.ts';
import { nextMacrotask } from '../commit/turn-batcher.ts';
import { isSuspect, type LoadedState } from '../state/loaded-state.ts';
import type { StateCache } from '../state/state-cache.ts';
import type { Database } from '../storage/database.ts';

/** What a drain needs of the object around it. */
export interface DrainerOptions {
  readonly database: Database;
  readonly present: StateCache;
  readonly definitionOf: (loaded: LoadedState) => Definition | undefined;
  /** Resolves when everything written so far has survived. */
  readonly sync: () => Promise<void>;
  /** Called before each careful attempt: the object may not outlive it. */
  readonly onAttempt: () => void;
  /** Called after each committed slice; without one when nothing can be applied. */
  readonly onSlice: (loaded: LoadedState, slice: Slice | undefined) => void;
}

/** Runs slices one after the other, one run at a time, whoever asks for it: alarm, waiting request or self-healing. */
export class Drainer {
  readonly #options: DrainerOptions;
  #running: Promise<'drained' | 'failed'> | undefined;

  constructor(options: DrainerOptions) {
    this.#options = options;
  }

  /** Never rejects. At most DRAIN_RUN_MS: the alarm goes on from there [D8]. */
  run(): Promise<'drained' | 'failed'> {
    this.#running ??= this.#slices().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #slices(): Promise<'drained' | 'failed'> {
    try {
      // What is to be applied must have survived: a change that kills the object now is found in the queue again.
      await this.#options.sync();
      for (const end = Date.now() + DRAIN_RUN_MS; Date.now() < end; ) {
        if ((await this.#slice()) === 'nothing') break;
        await nextMacrotask();
      }
      return 'drained';
    } catch (error) {
      log('error', 'a drain failed', describeError(error));
      return 'failed';
    }
  }

  async #slice(): Promise<'done' | 'nothing'> {
    const { database, present, sync } = this.#options;
    const before = present.current();
    if (!this.#hasWork(before)) return 'nothing';
    if (isSuspect(before)) {
      this.#options.onAttempt();
      present.write(() => database.transact(() => countAttempt(database, before)));
      await sync();
    }
    const loaded = present.current();
    const definition = loaded === undefined ? undefined : this.#options.definitionOf(loaded);
    if (!this.#hasWork(loaded) || definition === undefined) return 'nothing';
    const slice = present.write(() => drainOnce(database, loaded, definition));
    this.#options.onSlice(loaded, slice);
    return 'done';
  }

  #hasWork(loaded: LoadedState | undefined): loaded is LoadedState {
    return loaded !== undefined && loaded.blockedBy === undefined && loaded.version < loaded.head;
  }
}
