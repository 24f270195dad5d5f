import { type Problem, problem, unknownApplication } from '../../protocol/problems.ts';
import { currentRequest, withRequest } from '../logging/current-request.ts';
import type { ReadAnswer, ReadMessage, Refusal } from '../rpc/messages.ts';
import { printStages, type Stage } from '../rpc/stage-times.ts';
import type { Engine } from './engine.ts';
import { answerRead, versionNeeded } from './read/read-state.ts';
import { type LoadedState, positionOf } from './state/loaded-state.ts';

/** The time that a read has waited, by reason, in ms. */
type Waited = Partial<Record<Stage & ('wait' | 'drain'), number>>;

/** A read, and the id of its request: what follows a wait is still its work. */
type RequestedRead = ReadMessage & { readonly request: string | undefined };

/** What a read waits for, and how long. */
interface Waiting {
  readonly version: number;
  readonly seconds: number;
  readonly user: string | undefined;
  readonly request: string | undefined;
}

/** Reads of the state: polls, long-polls, drained and past ones [S]. */
export class StateReads {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Answers a read, with the time that it took: all but the waits is `read` [G3]. */
  async read(message: ReadMessage): Promise<ReadAnswer> {
    const begun = Date.now();
    const waited: Waited = {};
    const answer = await this.#read({ ...message, request: currentRequest() }, waited);
    if (answer.kind === 'refused') return answer;
    const { wait = 0, drain = 0 } = waited;
    return { ...answer, timing: printStages({ read: Date.now() - begun - wait - drain, ...waited }) };
  }

  async #read(message: RequestedRead, waited: Waited): Promise<ReadAnswer> {
    const known = await this.#engine.read(message.request);
    const loaded = message.drain === 'first' ? this.#engine.atHead() : known;
    if (loaded === undefined) return refuse(unknownApplication());
    const { version, seconds } = versionNeeded(loaded, message);
    if (loaded.version < version) {
      const waiting = { version, seconds, user: message.user, request: message.request };
      const refusal = await timed(waited, 'drain', () => this.#waitOrRefuse(loaded, waiting));
      return refusal ?? this.#answer(message);
    }
    const answer = answerRead(this.#engine.database, loaded, message);
    if (answer.kind !== 'unchanged' || message.wait === undefined || message.at !== undefined) return answer;
    // Not a 304 at once: a client would understand "nothing new" and poll again without a pause.
    if (!this.#engine.waiters.hasSlotFor(message.user ?? ''))
      return refuse(problem('unavailable', 'Too many requests wait.', { retryAfter: 5 }));
    const until = Date.now() + message.wait * 1_000;
    return timed(waited, 'wait', () => this.#answerChange(loaded, message, until));
  }

  /** Waits for the version. @returns the refusal, when it was not reached in time [S6] [S7] */
  async #waitOrRefuse(loaded: LoadedState, { version, seconds, user, request }: Waiting): Promise<Refusal | undefined> {
    await withRequest(request, () => this.#engine.waitFor(loaded, version, seconds, user));
    const reached = this.#engine.current();
    if (reached === undefined) return refuse(unknownApplication());
    if (reached.version >= version) return undefined;
    const position = positionOf(reached, Date.now());
    const waiting = problem('version-not-reached', `The state is at version ${reached.version}.`, { retryAfter: 1 });
    return { kind: 'refused', position, problem: reached.blockedBy ?? waiting };
  }

  /**
   * Waits until something has changed for a reader that is at the current version. Changes elsewhere do not end the wait
   * for a part [S5] [S9].
   *
   * @param until ms since 1970
   */
  async #answerChange(loaded: LoadedState, message: RequestedRead, until: number): Promise<ReadAnswer> {
    for (let current = loaded; ; ) {
      const { version, row } = current;
      const seconds = (until - Date.now()) / 1_000;
      await withRequest(message.request, () => this.#engine.waitForChange(current, seconds, message.user));
      const reached = this.#engine.current();
      if (reached === undefined) return refuse(unknownApplication());
      const known = message.path === undefined ? message.known : [{ epoch: row.epoch, version }];
      const answer = answerRead(this.#engine.database, reached, { ...message, known });
      const mayWait =
        message.path !== undefined &&
        reached.version !== version &&
        this.#engine.waiters.hasSlotFor(message.user ?? '');
      if (answer.kind !== 'unchanged' || !mayWait) return answer;
      current = reached;
    }
  }

  #answer(message: ReadMessage): ReadAnswer {
    const loaded = this.#engine.current();
    return loaded === undefined ? refuse(unknownApplication()) : answerRead(this.#engine.database, loaded, message);
  }
}

const timed = async <T>(waited: Waited, reason: keyof Waited, work: () => Promise<T>): Promise<T> => {
  const begun = Date.now();
  const result = await work();
  waited[reason] = Date.now() - begun;
  return result;
};

const refuse = (reason: Problem): Refusal => ({ kind: 'refused', problem: reason });
