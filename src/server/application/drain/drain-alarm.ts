import { type AlarmPlan, planAlarm } from '../../../core/drain/alarm-plan.ts';
import { BLOCKED_RETRY_MS, DRAIN_DELAY_MS } from '../../../protocol/limits.ts';
import type { LoadedState } from '../state/loaded-state.ts';

/** The object's alarm, as far as this instance knows: a new instance sets it again rather than ask. */
export class Alarm {
  readonly #set: (time: number) => void;
  #armed: number | undefined;

  /** @param set writes the alarm, in the turn of the call */
  constructor(set: (time: number) => void) {
    this.#set = set;
  }

  /** Whether what waits has no alarm that will come for it in time [D3]. */
  isMissing(loaded: LoadedState): boolean {
    return this.#plan(loaded).kind === 'set';
  }

  /** In the turn of the write, so that queue and alarm become durable together [D2]. */
  arm(loaded: LoadedState | undefined): void {
    const plan = loaded === undefined ? undefined : this.#plan(loaded);
    if (plan?.kind === 'set') this.setTo(plan.time);
  }

  #plan(loaded: LoadedState): AlarmPlan {
    const now = Date.now();
    return planAlarm(wantedAt(loaded, now), this.#armed, now);
  }

  setTo(time: number): void {
    this.#armed = time;
    this.#set(time);
  }

  /** It has gone off, or its application is gone. */
  spent(): void {
    this.#armed = undefined;
  }
}

const wantedAt = ({ version, head, row, blockedBy }: LoadedState, now: number): number | undefined => {
  if (version === head && row.listed === 1) return undefined;
  return now + (blockedBy === undefined ? DRAIN_DELAY_MS : BLOCKED_RETRY_MS);
};
