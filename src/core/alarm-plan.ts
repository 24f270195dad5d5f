import { ALARM_OVERDUE_MS, DRAIN_DELAY_MS } from '../protocol/limits.ts';

/**
 * When the alarm should be. `armed` is the time it is set to, undefined without one.
 * An alarm exists only while there is work, and one that is overdue is taken as lost: during the runtime's backoff
 * `getAlarm()` answers a past time and after six failures there is none at all [D2] [D3].
 */
export type AlarmPlan =
  | { readonly kind: 'keep' }
  | { readonly kind: 'set'; readonly time: number }
  | { readonly kind: 'delete' };

export const planAlarm = (work: 'none' | 'waiting', armed: number | undefined, now: number): AlarmPlan => {
  if (work === 'none') return armed === undefined ? { kind: 'keep' } : { kind: 'delete' };
  if (armed !== undefined && armed + ALARM_OVERDUE_MS > now) return { kind: 'keep' };
  return { kind: 'set', time: now + DRAIN_DELAY_MS };
};
