import type { ChangeEffect } from '../../core/inverse.ts';
import type { Json } from '../../protocol/json.ts';
import type { ProblemBody } from '../../protocol/problems.ts';
import { copyJson } from '../platform/copy-json.ts';
import { parseProblem } from '../platform/http-client.ts';
import { tryParseJson } from '../platform/parse-json.ts';
import { parsePosition } from '../platform/parse-position.ts';
import { clientProblem } from '../platform/problem-error.ts';
import { Timer } from '../platform/timer.ts';
import { countOf } from '../push/batch.ts';
import { type Acceptance, heldIds, type PendingChange, type Settlement, type Undoes } from '../push/pending-queue.ts';
import { type QueueUpdate, queueUpdate } from '../push/push-response.ts';
import { isTransient } from '../push/push-result.ts';
import type { ApplyResult } from '../state/local-state.ts';
import type { TabContext } from '../sync/sync-host.ts';
import type { MakeInverse } from './undo-history.ts';

/** Milliseconds until the states around a change are requested again. */
const RETRY_MS = 1_000;
const STATE_TIMEOUT_MS = 15_000;

export interface HeldUndosOptions {
  readonly tab: () => TabContext;
  readonly inverse: MakeInverse;
  /** Applies an update to the queue and has it sent, if this tab leads. @returns whether it does */
  readonly commit: (update: QueueUpdate) => void;
  readonly isLeading: () => boolean;
}

/**
 * Releases undos that were pushed before it was known what the change that they undo has done on the server. Until then
 * they show as predicted and are not sent, nor is anything behind them. Then their args are made anew.
 */
export class HeldUndos {
  readonly #options: HeldUndosOptions;
  readonly #controller = new AbortController();
  /** The ends of changes that held undos wait for, by id: the effect, the place where it can be read, or a problem. */
  readonly #ends = new Map<string, ChangeEffect | Acceptance | ProblemBody>();
  #timer: Timer | undefined;
  #isBusy: boolean = false;
  #isStale: boolean = false;

  constructor(options: HeldUndosOptions) {
    this.#options = options;
  }

  /** To be called after each dispatch. */
  observe({ queue, settlements }: ApplyResult, effects: ReadonlyMap<string, ChangeEffect>): void {
    const held = queue.entries.filter(({ undoes }) => undoes !== undefined);
    if (held.length === 0) {
      this.#ends.clear();
      return;
    }
    const awaited = new Set(held.map(({ undoes }) => undoes?.id));
    for (const each of settlements) if (awaited.has(each.id)) this.#ends.set(each.id, endOf(each, effects));
    void this.#resolveAll();
  }

  close(): void {
    this.#controller.abort();
    this.#timer?.clear();
  }

  /** One at a time. What changes while one is resolved is looked at afterwards. */
  async #resolveAll(): Promise<void> {
    this.#isStale = true;
    if (this.#isBusy) return;
    this.#isBusy = true;
    // Not within the dispatch that is being observed.
    await undefined;
    while (this.#isStale && !this.#controller.signal.aborted) {
      this.#isStale = false;
      if (await this.#resolveFirst()) this.#isStale = true;
    }
    this.#isBusy = false;
  }

  /** @returns whether there may be another one to resolve */
  async #resolveFirst(): Promise<boolean> {
    const { entries } = this.#options.tab().local.queue;
    const blocked = heldIds(entries);
    const held = entries.find(({ id, undoes }) => undoes !== undefined && !blocked.has(id));
    if (held?.undoes === undefined || held.key === undefined || !this.#options.isLeading()) return false;
    const { undoes } = held;
    if (entries.some(({ id }) => id === undoes.id)) return false;
    const end = this.#ends.get(undoes.id) ?? undoes.accepted;
    // Nothing is known after a reload of the page: it is sent as it was predicted, and tests that.
    if (end === undefined) return this.#release(held, held);
    const effect = 'epoch' in end ? await this.#effectAt(end, countOf(undoes.change)) : end;
    if (effect === undefined) return this.#retryLater();
    if ('type' in effect) return this.#refuse(held, effect);
    const change = this.#inverseOf(undoes, effect);
    return change === undefined ? this.#refuse(held, NO_EFFECT) : this.#release(held, change);
  }

  #inverseOf({ change }: Undoes, effect: ChangeEffect): Pick<PendingChange, 'name' | 'args'> | undefined {
    const inverse = this.#options.inverse(change, effect);
    try {
      return inverse && { name: inverse.name, args: copyJson(inverse.args) };
    } catch {
      return undefined;
    }
  }

  #release({ id }: PendingChange, { name, args }: Pick<PendingChange, 'name' | 'args'>): true {
    const { queue } = this.#options.tab().local;
    const entries = queue.entries.map((entry): PendingChange => {
      const { undoes: _, ...rest } = entry;
      return entry.id === id ? { ...rest, name, args } : entry;
    });
    this.#options.commit(queueUpdate({ ...queue, entries }));
    return true;
  }

  #refuse({ id }: PendingChange, problem: ProblemBody): true {
    const { queue } = this.#options.tab().local;
    const entries = queue.entries.filter((entry) => entry.id !== id);
    const settlements: Settlement[] = [{ id, kind: 'refused', problem }];
    this.#options.commit({ ...queueUpdate({ ...queue, entries }), settlements });
    return true;
  }

  #retryLater(): false {
    this.#timer ??= new Timer(this.#options.tab().environment);
    this.#timer.set(RETRY_MS, () => void this.#resolveAll());
    return false;
  }

  /** The states before and after a change or a batch, read from the server's history [S8]. Undefined: try again later. */
  async #effectAt({ epoch, seq }: Acceptance, count: number): Promise<ChangeEffect | ProblemBody | undefined> {
    const [before, after] = await Promise.all([this.#stateAt(epoch, seq - count), this.#stateAt(epoch, seq)]);
    for (const each of [before, after]) if (!('state' in each)) return isTransient(each) ? undefined : each;
    if (!('state' in before && 'state' in after)) return undefined;
    const operations = [{ op: 'replace', path: '', value: after.state }] as const;
    return { before: before.state, after: after.state, operations };
  }

  async #stateAt(epoch: string, version: number): Promise<{ readonly state: Json } | ProblemBody> {
    const [path, controller] = [`/state?at=${version}`, this.#controller];
    const request = new AbortController();
    controller.signal.addEventListener('abort', () => request.abort(), { once: true });
    const answer = await this.#options.tab().http.call({ path, controller: request, timeoutMs: STATE_TIMEOUT_MS });
    if (answer.status !== 200) return parseProblem(answer);
    const state = tryParseJson<Json>(answer.text);
    return state === undefined || parsePosition(answer.headers)?.epoch !== epoch ? NO_HISTORY : { state };
  }
}

const endOf = (
  settlement: Settlement,
  effects: ReadonlyMap<string, ChangeEffect>,
): ChangeEffect | Acceptance | ProblemBody =>
  settlement.kind === 'confirmed' ? (effects.get(settlement.id) ?? settlement.accepted) : settlement.problem;

const NO_EFFECT = clientProblem('nothing-to-undo', 0, 'There is nothing to undo', 'The change has changed nothing.');
const NO_HISTORY = clientProblem('history-lost', 0, 'The history was replaced', 'What the change did is not known.');
