import type { ChangeEffect } from '../../core/inverse.ts';
import { isEqual } from '../../core/json/equal.ts';
import type { Json } from '../../protocol/json.ts';
import type { PatchOperation } from '../../protocol/patch.ts';
import type { Acceptance, Settlement } from '../push/pending-queue.ts';
import { patchImmutably } from './immutable-patch.ts';
import { lazyEffect } from './lazy-effect.ts';

/** A step of the confirmed state while changes were pending. */
export interface ConfirmedStep {
  readonly epoch: string;
  readonly from: number;
  readonly to: number;
  readonly before: Json;
  readonly after: Json;
  readonly patch: readonly PatchOperation[] | undefined;
  /** The changes that were pending, and what they did when they were replayed over `before`. */
  readonly replayed: readonly {
    readonly id: string;
    readonly name: string;
    /** The number of changes up to here: a batch has several. */
    readonly end: number;
    readonly operations: readonly PatchOperation[];
  }[];
}

/** Steps that are kept until the acceptance of their changes is known: a socket sends the state before the outcome. */
const STEPS_MAX = 50;

/** Tells what changes did where they were applied: in the server's order, whatever the view had shown. */
export class EffectLog {
  steps: readonly ConfirmedStep[] = [];

  /** A whole state may share little with the one before: the steps up to it are dropped, for their memory. */
  record(step: ConfirmedStep): void {
    this.steps = step.patch === undefined ? [step] : [...this.steps.slice(1 - STEPS_MAX), step];
  }

  /** To be called when nothing is pending any more. */
  clear(): void {
    this.steps = [];
  }

  /** The effects of confirmed changes, by id. None of a change that came in one step with others, unless all are own ones. */
  effectsOf(settlements: readonly Settlement[]): ReadonlyMap<string, ChangeEffect> {
    const confirmed = confirmedOf(settlements);
    return new Map(this.steps.flatMap((step) => effectsWithin(step, confirmed)));
  }
}

/** The confirmed ones among the ends of changes. */
export const confirmedOf = (settlements: readonly Settlement[]): readonly Confirmation[] =>
  settlements.filter((each) => each.kind === 'confirmed');

/** Those whose place is within the step, in order. */
export const confirmedWithin = (
  { epoch, from, to }: Pick<ConfirmedStep, 'epoch' | 'from' | 'to'>,
  confirmed: readonly Confirmation[],
): readonly Confirmation[] =>
  confirmed
    .filter(({ accepted }) => accepted.epoch === epoch && accepted.seq > from && accepted.seq <= to)
    .toSorted((a, b) => a.accepted.seq - b.accepted.seq);

type Confirmation = { readonly id: string; readonly accepted: Acceptance };

const effectsWithin = (step: ConfirmedStep, confirmed: readonly Confirmation[]): [id: string, ChangeEffect][] => {
  const own = confirmedWithin(step, confirmed);
  const [first] = own;
  if (first === undefined || !isCovered(step, own)) return [];
  const { before, after, patch = [{ op: 'replace', path: '', value: after }] } = step;
  return own.length === 1 ? [[first.id, { before, after, operations: patch }]] : replayedEffects(step, own);
};

/** Whether own changes are all that has come in a step; each that was not pending counts once, though it may be a batch. */
export const isCovered = ({ from, to, replayed }: ConfirmedStep, own: readonly Confirmation[]): boolean => {
  const sizes = new Map(replayed.map(({ id, end }, index) => [id, end - (replayed[index - 1]?.end ?? 0)]));
  return own.reduce((count, { id }) => count + (sizes.get(id) ?? 1), 0) >= to - from;
};

/** The effects as they were replayed; none unless they lead to what the server has made of them. */
const replayedEffects = (step: ConfirmedStep, own: readonly Confirmation[]): [id: string, ChangeEffect][] => {
  const all: PatchOperation[] = [];
  const effects = own.flatMap(({ id }, index): [string, ChangeEffect][] => {
    const { id: replayed, operations = [] } = step.replayed[index] ?? {};
    const effect = lazyEffect(step.before, all, all.length, operations);
    for (const each of operations) all.push(each);
    return replayed === id ? [[id, effect]] : [];
  });
  const state = patchImmutably(step.before, all);
  return state !== undefined && effects.length === own.length && isEqual(state, step.after) ? effects : [];
};
