import { ALARM_OVERDUE_MS } from '../../protocol/limits.ts';

/** The one alarm of a directory, as far as this instance knows. A new instance sets it again instead of reading it. */
export class DirectoryAlarm {
  readonly #storage: DurableObjectStorage;
  /** A time that the instance before may have set it to, ms since 1970. */
  readonly #known: () => number | undefined;
  /** ms since 1970. */
  #time: number | undefined;

  constructor(storage: DurableObjectStorage, known: () => number | undefined) {
    this.#storage = storage;
    this.#known = known;
  }

  /** Leaves an alarm that is set for an earlier time and not lost. @param time ms since 1970 */
  setBy(time: number): void {
    const set = this.#time;
    if (set !== undefined && set <= time && set > Date.now() - ALARM_OVERDUE_MS) return;
    this.#time = Math.min(time, this.#known() ?? time);
    void this.#storage.setAlarm(this.#time);
  }

  /** Call when the alarm has fired. */
  clear(): void {
    this.#time = undefined;
  }
}
