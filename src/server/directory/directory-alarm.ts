import { ALARM_OVERDUE_MS } from '../../protocol/limits.ts';

/** The one alarm of a directory. A new instance reads what the one before has set. */
export class DirectoryAlarm {
  readonly #storage: DurableObjectStorage;
  /** ms since 1970. */
  #time: number | undefined;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /** To be called before anything else. */
  async load(): Promise<void> {
    this.#time = (await this.#storage.getAlarm()) ?? undefined;
  }

  /** Leaves an alarm that is set for an earlier time and not lost. @param time ms since 1970 */
  setBy(time: number): void {
    const set = this.#time;
    if (set !== undefined && set <= time && set > Date.now() - ALARM_OVERDUE_MS) return;
    this.#time = time;
    void this.#storage.setAlarm(time);
  }

  /** Call when the alarm has fired. */
  clear(): void {
    this.#time = undefined;
  }
}
