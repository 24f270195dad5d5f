import { ALARM_OVERDUE_MS } from '../../protocol/limits.ts';

export type AlarmPlan = { readonly kind: 'keep' } | { readonly kind: 'set'; readonly time: number };

/**
 * Decides whether to set the alarm. An overdue alarm counts as lost: during the runtime's backoff `getAlarm()` returns
 * a past time, and after six failures there is no alarm at all [D2] [D3]. An alarm is never deleted: if a waiting
 * request has drained the queue first, it fires within milliseconds and finds nothing, which costs less than the row
 * that deleting it would write.
 *
 * @param neededBy the latest time at which an alarm must fire, ms since 1970; `undefined` when there is no work
 * @param scheduled the time for which the alarm is set; `undefined` when it is not set
 */
export const planAlarm = (neededBy: number | undefined, scheduled: number | undefined, now: number): AlarmPlan => {
  const isPending = scheduled !== undefined && scheduled + ALARM_OVERDUE_MS > now;
  if (neededBy === undefined || (isPending && scheduled <= neededBy)) return { kind: 'keep' };
  return { kind: 'set', time: neededBy };
};
