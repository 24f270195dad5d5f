import type { ChangeContext } from '../../core/definition.ts';
import type { ChangeEffect, ChangeRequest, Inverse } from '../../core/inverse.ts';
import { isEqual } from '../../core/json/equal.ts';
import { ProblemError } from '../../core/json/problem-error.ts';
import { frozenWriteCure } from '../../core/state/frozen-write.ts';
import type { PatchOperation } from '../../protocol/patch.ts';
import { matchOf } from '../push/push-options.ts';
import { type ConfirmedStep, confirmedOf, confirmedWithin, isCovered } from './effect-log.ts';
import { patchImmutably } from './immutable-patch.ts';
import type { ApplyResult } from './local-state.ts';
import { type Attempt, OptimisticView } from './optimistic-view.ts';
import type { ConnectionStatus } from './status.ts';

/** Causes that are told of one definition: more of them would tell nothing new. */
const CAUSES_MAX = 100;
/** Its own changes reject a patch or a revert that does not fit with `change-failed`, too. */
const DOCUMENT = 'document';
const NO_TOKEN = 'urn:changebucket:client:no-token';
const IMPURE =
  'A reducer must depend on its arguments alone: no Math.random(), no Date.now(), nothing from outside that changes';

/**
 * The view of a development build. It tells the author of a definition on the console, once for each cause, what went
 * wrong while changes were replayed: what has thrown, and which reducers are not pure.
 */
export class DevelopmentView extends OptimisticView {
  readonly #reportedCauses = new Set<string>();
  /** The names of the changes that have looked at `now`: the server gives them another one. */
  readonly #timed = new Set<string>();
  /** The definition's name. */
  readonly #kind: string;

  constructor(...options: ConstructorParameters<typeof OptimisticView>) {
    super(...options);
    this.#kind = options[0].name;
  }

  /** Runs each change twice over the same state: a pure one does the same. */
  protected override attempt(attempt: Attempt): readonly PatchOperation[] {
    const { change, contexts } = attempt;
    return super.attempt({
      ...attempt,
      run: () => {
        const watched = contexts.map((context) => this.#watched(change.name, context));
        const first = this.#run(attempt, watched);
        attempt.rollback();
        const second = this.#run(attempt, contexts);
        if (!isEqual(first as never, second as never)) {
          const text = `the change "${change.name}" does something else when it is run again. ${IMPURE}.`;
          this.#tell(`impure ${change.name}`, text, change);
        }
        return second;
      },
    });
  }

  override effectsOf(result: ApplyResult): ReadonlyMap<string, ChangeEffect> {
    for (const message of result.messages) if (message.type === 'connection') this.#tellOfToken(message.connection);
    for (const step of this.effects.steps) this.#compare(step, result);
    return super.effectsOf(result);
  }

  override watch(inverse: Inverse): Inverse {
    return (change, effect) => {
      try {
        return inverse(change, effect);
      } catch (error) {
        this.#tellError('the inverse', change, error);
        throw error;
      }
    };
  }

  /** Without a token that the server takes, `await ….applied` waits, and nothing else would say why. */
  #tellOfToken({ error }: ConnectionStatus): void {
    if (error === undefined || !(error.type === NO_TOKEN || error.status === 401)) return;
    const { type, title, detail } = error;
    const text = `${title}, so pushes wait: ${detail}`;
    this.#tell(type, `${text} (${type})`, ...('cause' in error ? [error.cause] : []));
  }

  #run({ change, run }: Attempt, contexts: readonly ChangeContext[]): readonly PatchOperation[] {
    try {
      return run(contexts);
    } catch (error) {
      if (this.#kind !== DOCUMENT && isMistake(error)) this.#tellError('the schema or the reducer', change, error);
      throw error;
    }
  }

  #watched(name: string, context: ChangeContext): ChangeContext {
    const timed = this.#timed;
    return {
      ...context,
      get now() {
        timed.add(name);
        return context.now;
      },
    };
  }

  /**
   * Compares what own changes have done here with what they did on the server: over the very same state, because only they
   * came in this step. Not those that the server has given another `now`, and not where they had no effect there: a limit
   * of the server may have rejected them; nor where one has a precondition.
   */
  #compare(step: ConfirmedStep, { settlements, queueBefore }: ApplyResult): void {
    const { before, after, replayed } = step;
    const own = confirmedWithin(step, confirmedOf(settlements));
    const optimistic = replayed.slice(0, own.length);
    if (own.length === 0 || !isCovered(step, own)) return;
    const conditional = queueBefore.entries.filter((entry) => matchOf(entry) !== undefined);
    if (own.some(({ id }) => conditional.some((entry) => entry.id === id))) return;
    if (optimistic.some(({ id, name }, index) => own[index]?.id !== id || this.#timed.has(name))) return;
    const predicted = patchImmutably(
      before,
      optimistic.flatMap(({ operations }) => operations),
    );
    if (
      optimistic.length < own.length ||
      predicted === undefined ||
      isEqual(predicted, after) ||
      isEqual(before, after)
    )
      return;
    const names = [...new Set(optimistic.map(({ name }) => name))].join('", "');
    this.#tell(
      `impure ${names}`,
      `the change "${names}" did something else on the server than here. ${IMPURE}; or the server runs another definition, or knows another user.`,
      { predicted, confirmed: after },
    );
  }

  #tellError(what: string, change: ChangeRequest, error: unknown): void {
    const text = String(error instanceof Error ? error.stack : error);
    // Where it was thrown, not what it says: a message may name the value.
    const cause = /(\n\s*at .*){1,3}/.exec(text)?.[0] ?? text;
    const { name, args } = change;
    const cure = frozenWriteCure(error);
    const details = [{ name, args }, error, ...(cure ? [cure] : [])];
    this.#tell(`${name} ${cause}`, `${what} of the change "${name}" has thrown:`, ...details);
  }

  #tell(cause: string, text: string, ...details: unknown[]): void {
    if (this.#reportedCauses.has(cause) || this.#reportedCauses.size >= CAUSES_MAX) return;
    this.#reportedCauses.add(cause);
    console.error(`Changebucket, ${this.#kind}: ${text}`, ...details);
  }
}

/** Whether its author has not meant what a change has thrown: it is no rejection, or it has made what is not JSON. */
const isMistake = (error: unknown): boolean =>
  !(error instanceof ProblemError) || ['not-json', 'number-range', 'change-failed'].includes(error.problem.name);

/** The view of a definition. Bundlers leave everything else of this module out of a production build. */
export const openView = (...args: ConstructorParameters<typeof OptimisticView>): OptimisticView => {
  try {
    if (process.env.NODE_ENV !== 'production') return new DevelopmentView(...args);
  } catch {
    // A page without a bundler: there is no `process`.
    return new DevelopmentView(...args);
  }
  return new OptimisticView(...args);
};

declare const process: { readonly env: { readonly NODE_ENV?: string } };
