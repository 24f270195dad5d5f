import { DELIVERY_PAUSE_MS_MAX } from '../../protocol/limits.ts';

/** A shorter delivery delays nobody: the event-loop turn that measures it takes a millisecond by itself. */
const BUSY_MS_MIN = 8;
/** Two thirds of the time remain for accepting changes. */
const COOLDOWN_FACTOR = 2;
/** The disk or the machine may stop for a moment: one or two slow deliveries are not load. */
const SAMPLES = 3;

/**
 * The pause after a delivery that kept the object busy: updates made meanwhile are coalesced into one. A small audience
 * receives every version at once; with a thousand readers, versions are made faster than frames can be sent.
 */
export class DeliveryThrottle {
  readonly #busyMs: number[] = [];

  /**
   * @param busyMs from the first frame until the object ran other work
   * @returns the pause before the next delivery, in ms; 0 for none
   */
  pauseAfter(busyMs: number): number {
    this.#busyMs.push(busyMs);
    if (this.#busyMs.length > SAMPLES) this.#busyMs.shift();
    const shortest = this.#busyMs.length < SAMPLES ? 0 : Math.min(...this.#busyMs);
    return shortest < BUSY_MS_MIN ? 0 : Math.min(shortest * COOLDOWN_FACTOR, DELIVERY_PAUSE_MS_MAX);
  }
}
