import { type AlarmPlan, planAlarm } from '../../../core/drain/alarm-plan.ts';
import { BLOCKED_RETRY_MS, DRAIN_DELAY_MS } from '../../../protocol/limits.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import { LISTED } from '../storage/application-row.ts';

/** The object's alarm, as far as this instance knows. A new instance sets it again instead of reading it. */
export class DrainAlarm {
  readonly #set: (time: number) => void;
  #scheduledAt: number | undefined;

  /** @param set writes the alarm, in the turn of the call */
  constructor(set: (time: number) => void) {
    this.#set = set;
  }

  /** Whether queued changes have no alarm, or one that is overdue [D3]. */
  isMissing(loaded: LoadedState): boolean {
    return this.#plan(loaded).kind === 'set';
  }

  /** Sets the alarm if work needs it. Call in the turn of the write: queue and alarm become durable together [D2]. */
  schedule(loaded: LoadedState | undefined): void {
    const plan = loaded === undefined ? undefined : this.#plan(loaded);
    if (plan?.kind === 'set') this.setTo(plan.time);
  }

  /** @param time ms since 1970 */
  setTo(time: number): void {
    this.#scheduledAt = time;
    this.#set(time);
  }

  get isSet(): boolean {
    return this.#scheduledAt !== undefined;
  }

  /** Call when the alarm has fired, or when the application was deleted. */
  clear(): void {
    this.#scheduledAt = undefined;
  }

  #plan(loaded: LoadedState): AlarmPlan {
    const now = Date.now();
    return planAlarm(neededAt(loaded, now), this.#scheduledAt, now);
  }
}

const neededAt = ({ version, head, row, blockedBy }: LoadedState, now: number): number | undefined => {
  if (version === head && row.listed === LISTED) return undefined;
  return now + (blockedBy === undefined ? DRAIN_DELAY_MS : BLOCKED_RETRY_MS);
};
