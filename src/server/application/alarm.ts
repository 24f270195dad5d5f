import { planAlarm } from '../../core/alarm-plan.ts';
import { HELD_RETRY_MS } from '../../protocol/limits.ts';
import type { Memory } from './memory.ts';

/** The object's alarm, as far as this instance knows: a new instance sets it again rather than ask. */
export class Alarm {
  readonly #set: (time: number) => void;
  #armed: number | undefined;

  /** @param set writes the alarm, in the turn of the call */
  constructor(set: (time: number) => void) {
    this.#set = set;
  }

  /** Whether what waits has no alarm that will come for it [D3]. */
  isMissing(memory: Memory): boolean {
    return planAlarm(workOf(memory), this.#armed, Date.now()).kind === 'set';
  }

  /** In the turn of the write, so that queue and alarm become durable together [D2]. */
  arm(memory: Memory | undefined): void {
    if (memory === undefined) return;
    const plan = planAlarm(workOf(memory), this.#armed, Date.now());
    if (plan.kind === 'set') this.setTo(memory.held === undefined ? plan.time : Date.now() + HELD_RETRY_MS);
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

const workOf = ({ version, head, row }: Memory): 'none' | 'waiting' =>
  version < head || row.listed === 0 ? 'waiting' : 'none';
