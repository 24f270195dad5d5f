import type { Definition } from '../core/definition.ts';
import type { QueuedChange } from '../core/drain/reduce.ts';
import type { Json } from '../protocol/json.ts';
import { inWorld } from './clock-and-chance.ts';
import { type Impurity, impuritiesOf, type Trial } from './impurity.ts';
import { MemoryApplication } from './memory-application.ts';
import { observeDefinition } from './observe-definition.ts';
import { type RunOptions, type RunResult, resultOf, runChanges, startOf } from './run.ts';
import type { TestChange } from './test-change.ts';

/** The result of `replay`: that of `run`, and what is wrong with the reducers. */
export interface ReplayResult<Kind extends Definition> extends RunResult<Kind> {
  /** Every change that does not depend on state, args and context alone. Empty when all of them do. */
  readonly impurities: readonly Impurity[];
}

/**
 * Runs changes like `run`, and then each of them again over the state that it had met, in the opposite order, with another
 * clock and other random numbers. A reducer runs on the server and on every client, so it must do the same everywhere:
 * what it did otherwise the second time is reported, and so is what it read of the clock or of chance, and every change
 * that it made to its own args. Globals are replaced only while a change runs.
 *
 * It cannot see what both runs have in common: a captured value that no change of the list moves, or what a reducer reads
 * from the locale or the time zone.
 *
 * @example
 * expect(replay(todos, changes).impurities).toEqual([]);
 * @throws what `run` throws
 */
export const replay = <Kind extends Definition>(
  definition: Kind,
  changes: readonly TestChange<Kind>[],
  options: RunOptions<Kind> = {},
): ReplayResult<Kind> => {
  const laboratory = new Laboratory(definition);
  const application = new MemoryApplication(laboratory.definition, startOf(definition, options));
  const firsts: First[] = [];
  const outcomes = runChanges(application, changes, options, (change, index) => {
    const { text } = application;
    const trial = laboratory.try(application, change, 0);
    firsts.push({ change, index, text, trial });
    return trial.outcome;
  });
  // From the last to the first: what a change has left outside, another one meets.
  const impurities = firsts.toReversed().map(({ change, index, text, trial }) => {
    const start = { state: JSON.parse(text) as Json, version: change.seq - 1 };
    const second = laboratory.try(new MemoryApplication(laboratory.definition, start), change, 1);
    return impuritiesOf({ index, name: change.name }, trial, second);
  });
  return { ...resultOf<Kind>(application, outcomes), impurities: impurities.reverse().flat() };
};

/** The first run of a change. */
interface First {
  readonly change: QueuedChange;
  readonly index: number;
  /** The JSON text of the state that it met. */
  readonly text: string;
  readonly trial: Trial;
}

/** Runs changes one by one and watches them. */
class Laboratory {
  /** The definition to be run. */
  readonly definition: Definition;
  #changedArgs: string | undefined;

  constructor(definition: Definition) {
    this.definition = observeDefinition(definition, {
      onArgsChanged: (pointer) => {
        this.#changedArgs ??= pointer;
      },
    });
  }

  try(application: MemoryApplication, change: QueuedChange, world: number): Trial {
    this.#changedArgs = undefined;
    // A copy: a change that changes its args must not change those of its second run.
    const given = { ...change, args: JSON.parse(JSON.stringify(change.args)) as Json };
    const { value: outcome, used: reads } = inWorld(world, () => application.apply(given));
    return { outcome, state: application.state, reads, changedArgs: this.#changedArgs };
  }
}
