/** How many of its backups an application keeps. */
export interface Retention {
  /** The newest one of each of the last so many days, in UTC. */
  readonly daily: number;
  /** The newest one of each of the last so many weeks, which begin on Monday. */
  readonly weekly: number;
  /** The newest one of each of the last so many months. */
  readonly monthly: number;
}

export const RETENTION_DEFAULT: Retention = { daily: 7, weekly: 4, monthly: 12 };

const DAY_MS = 86_400_000;

/**
 * The backups that go, of one application.
 *
 * @param times when they were made, ms since 1970, the one that was made first at the beginning: by a clock that was put
 *   back, a newer one may have an earlier time
 * @param keepsNewest whether the newest one stays whatever its age: while the application exists
 * @returns those of `times` that none of the rules keeps
 */
export const expiredOf = (
  times: readonly number[],
  retention: Retention,
  now: number,
  keepsNewest: boolean,
): number[] => {
  const newestFirst = times.toReversed();
  const kept = new Set(keepsNewest ? newestFirst.slice(0, 1) : []);
  for (const [periodOf, count] of [
    [dayOf, retention.daily],
    [weekOf, retention.weekly],
    [monthOf, retention.monthly],
  ] as const) {
    const oldest = periodOf(now) - count;
    const seen = new Set<number>();
    for (const time of newestFirst) {
      const period = periodOf(time);
      if (period <= oldest || seen.has(period)) continue;
      seen.add(period);
      kept.add(time);
    }
  }
  return times.filter((time) => !kept.has(time));
};

const dayOf = (time: number): number => Math.floor(time / DAY_MS);
/** 1970 began on a Thursday. */
const weekOf = (time: number): number => Math.floor((dayOf(time) + 3) / 7);
const monthOf = (time: number): number => {
  const date = new Date(time);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
};
