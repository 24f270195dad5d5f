import { ALARM_OVERDUE_MS, DRAIN_DELAY_MS } from '../protocol/limits.ts';

/**
 * When to set the alarm. `armed` is the time it is set to, undefined without one. One that is overdue is taken as
 * lost: during the runtime's backoff `getAlarm()` answers a past time, and after six failures there is none at all
 * [D2] [D3]. It is never deleted: when somebody who waits has drained the queue first, it goes off within
 * milliseconds and finds nothing, which costs less than the row that deleting it would write.
 */
export type AlarmPlan = { readonly kind: 'keep' } | { readonly kind: 'set'; readonly time: number };

export const planAlarm = (work: 'none' | 'waiting', armed: number | undefined, now: number): AlarmPlan => {
  if (work === 'none' || (armed !== undefined && armed + ALARM_OVERDUE_MS > now)) return { kind: 'keep' };
  return { kind: 'set', time: now + DRAIN_DELAY_MS };
};
