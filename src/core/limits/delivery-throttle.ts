import { PAUSE_MS_MAX } from '../../protocol/limits.ts';

/** Below this a delivery disturbs nobody: the turn that measures it takes a millisecond by itself. */
const BUSY_MS_MIN = 8;
/** Two thirds of the time remain for taking in changes. */
const COOLDOWN_FACTOR = 2;
/** The disk or the machine may stop for a moment: what has happened only once or twice is not load. */
const MEASURES = 3;

/**
 * How long delivering rests after it has kept the object busy: what happens meanwhile is told as one step. Few readers
 * hear of every version at once; with a thousand, versions are made faster than frames can be sent.
 */
export class DeliveryThrottle {
  readonly #busyMs: number[] = [];

  /** @param busyMs from the first frame until the object came to something else */
  pauseAfter(busyMs: number): number {
    this.#busyMs.push(busyMs);
    if (this.#busyMs.length > MEASURES) this.#busyMs.shift();
    const least = this.#busyMs.length < MEASURES ? 0 : Math.min(...this.#busyMs);
    return least < BUSY_MS_MIN ? 0 : Math.min(least * COOLDOWN_FACTOR, PAUSE_MS_MAX);
  }
}
