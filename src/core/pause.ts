import { PAUSE_MS_MAX } from '../protocol/limits.ts';

/** Below this a delivery disturbs nobody: the turn that measures it takes a millisecond by itself. */
const BUSY_MS_MIN = 8;
/** Two thirds of the time remain for taking in changes. */
const RESTS = 2;

/**
 * How long delivering rests after it has kept the object busy: what happens meanwhile is told as one step. Few readers
 * hear of every version at once; with a thousand, versions are made faster than frames can be sent.
 *
 * @param busyMs from the first frame until the object came to something else
 */
export const pauseAfter = (busyMs: number): number =>
  busyMs < BUSY_MS_MIN ? 0 : Math.min(busyMs * RESTS, PAUSE_MS_MAX);
