import { describe, expect, it } from 'vitest';
import { type AlarmPlan, planAlarm } from '../../../../src/core/drain/alarm-plan.ts';
import { ALARM_OVERDUE_MS } from '../../../../src/protocol/limits.ts';

const now = 1_000_000;
const set = (time: number): AlarmPlan => ({ kind: 'set', time });
const keep: AlarmPlan = { kind: 'keep' };

describe('planAlarm', () => {
  it.each<readonly [string, number | undefined, number | undefined, AlarmPlan]>([
    ['[D2] without work and alarm none is set', undefined, undefined, keep],
    ['[D2] without work one that is set stays', undefined, now + 5, keep],
    ['without work one that is overdue is left alone', undefined, now - 10_000, keep],
    ['[D2] work without an alarm sets it', now + 10, undefined, set(now + 10)],
    ['one that comes earlier is enough', now + 10, now + 5, keep],
    ['one that comes at that time is enough', now + 10, now + 10, keep],
    ['one that comes later is moved forward', now + 10, now + 11, set(now + 10)],
    ['one that is due now is coming', now + 10, now, keep],
    ['one that is a little late is coming', now + 10, now - ALARM_OVERDUE_MS + 1, keep],
    ['[D3] one that is overdue is lost', now + 10, now - ALARM_OVERDUE_MS, set(now + 10)],
    ['[D3] one that is long past is lost', now + 10, 0, set(now + 10)],
    ['[D3] what is wanted at once is set at once', now, now - 10 * ALARM_OVERDUE_MS, set(now)],
  ])('%s', (_, wanted, armed, plan) => {
    expect(planAlarm(wanted, armed, now)).toEqual(plan);
  });
});
