import { ALARM_OVERDUE_MS } from '../../protocol/limits.ts';

/**
 * Whether to set the alarm. `wanted` is when it is needed at the latest, undefined without work; `armed` is when it
 * is set to go off. One that is overdue is taken as lost: during the runtime's backoff `getAlarm()` answers a past
 * time, and after six failures there is none at all [D2] [D3]. It is never deleted: when somebody who waits has
 * drained the queue first, it goes off within milliseconds and finds nothing, which costs less than the row that
 * deleting it would write.
 */
export type AlarmPlan = { readonly kind: 'keep' } | { readonly kind: 'set'; readonly time: number };

export const planAlarm = (wanted: number | undefined, armed: number | undefined, now: number): AlarmPlan => {
  const isComing = armed !== undefined && armed + ALARM_OVERDUE_MS > now;
  if (wanted === undefined || (isComing && armed <= wanted)) return { kind: 'keep' };
  return { kind: 'set', time: wanted };
};
