import type { Definition } from '../../../core/definition.ts';
import type { Slice } from '../../../core/drain/drain-slice.ts';
import { DRAIN_RUN_MS } from '../../../protocol/limits.ts';
import { describeError, log } from '../../logging/log.ts';
import { countAttempt, drainOnce } from '../commit/commit-slice.ts';
import { yieldTurn } from '../commit/turn-batcher.ts';
import { isSuspect, type Memory } from '../state/loaded-state.ts';
import type { Present } from '../state/state-cache.ts';
import type { Database } from '../storage/database.ts';

/** What a drain needs of the object around it. */
export interface DrainerOptions {
  readonly database: Database;
  readonly present: Present;
  readonly definitionOf: (memory: Memory) => Definition | undefined;
  /** Resolves when everything written so far has survived. */
  readonly sync: () => Promise<void>;
  /** Called before each careful attempt: the object may not outlive it. */
  readonly onAttempt: () => void;
  /** Called after each committed slice; without one when nothing can be applied. */
  readonly onSlice: (memory: Memory, slice: Slice | undefined) => void;
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
        await yieldTurn();
      }
      return 'drained';
    } catch (error) {
      log('error', 'a drain failed', describeError(error));
      return 'failed';
    }
  }

  async #slice(): Promise<'done' | 'nothing'> {
    const { database, present, sync } = this.#options;
    const before = present.look();
    if (!this.#hasWork(before)) return 'nothing';
    if (isSuspect(before)) {
      this.#options.onAttempt();
      present.writing(() => database.transact(() => countAttempt(database, before)));
      await sync();
    }
    const memory = present.look();
    const definition = memory === undefined ? undefined : this.#options.definitionOf(memory);
    if (!this.#hasWork(memory) || definition === undefined) return 'nothing';
    const slice = present.writing(() => drainOnce(database, memory, definition));
    this.#options.onSlice(memory, slice);
    return 'done';
  }

  #hasWork(memory: Memory | undefined): memory is Memory {
    return memory !== undefined && memory.held === undefined && memory.version < memory.head;
  }
}
