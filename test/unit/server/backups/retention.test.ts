import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backupSettings } from '../../../../src/server/backups/backup-settings.ts';
import { expiredOf, RETENTION_DEFAULT } from '../../../../src/server/backups/retention.ts';
import { holds } from '../../../support/property.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 10, 28, 12);

const kept = (times: readonly number[], now = NOW, exists = true): number[] => {
  const expired = expiredOf(times, RETENTION_DEFAULT, now, exists);
  return times.filter((time) => !expired.includes(time));
};

describe('[K3] retention', () => {
  it('keeps the newest of each of 7 days, 4 weeks and 12 months, of a backup each hour for two years', () => {
    let times: number[] = [];
    for (let now = NOW - 730 * DAY; now <= NOW; now += 6 * HOUR) times = kept([...times, now], now);
    const age = times.map((time) => Math.floor(NOW / DAY) - Math.floor(time / DAY)).sort((a, b) => a - b);
    expect(age.slice(0, 7)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(times.length).toBeGreaterThanOrEqual(7 + 2 + 10);
    expect(times.length).toBeLessThanOrEqual(7 + 4 + 12);
    expect(Math.max(...age)).toBeGreaterThan(300);
    expect(Math.max(...age)).toBeLessThan(366);
  });

  it('of an application that exists the newest stays for ever, of a deleted one nothing', () => {
    const old = [NOW - 900 * DAY, NOW - 800 * DAY];
    expect(kept(old)).toEqual([old[1]]);
    expect(kept(old, NOW, false)).toEqual([]);
  });

  it('never lets the newest go, and asked again lets nothing else go', () =>
    holds(
      fc.property(fc.uniqueArray(fc.integer({ min: NOW - 500 * DAY, max: NOW }), { minLength: 1 }), (times) => {
        const first = kept(times);
        expect(first).toContain(times.at(-1));
        expect(kept(first)).toEqual(first);
        expect(first.length).toBeLessThanOrEqual(7 + 4 + 12 + 1);
      }),
    ));
});

describe('[K1] the settings of backups', () => {
  it('are read, or refused with what is wrong', () => {
    expect(backupSettings({ BACKUP_KEEP: 'daily 2', BACKUP_EVERY_HOURS: '0.5', BACKUP_LATE_HOURS: '2' })).toEqual({
      retention: { daily: 2, weekly: 0, monthly: 0 },
      everyMs: HOUR / 2,
      lateMs: 2 * HOUR,
    });
    expect(backupSettings({})).toEqual({ retention: RETENTION_DEFAULT, everyMs: undefined, lateMs: 36 * HOUR });
    for (const BACKUP_KEEP of ['', 'daily', 'daily 0', 'yearly 1', 'daily 1001', 'daily 1; weekly 1'])
      expect(backupSettings({ BACKUP_KEEP }), BACKUP_KEEP).toMatchObject({ name: 'not-configured' });
    for (const hours of ['0', '-1', 'x', '99999'])
      expect(backupSettings({ BACKUP_EVERY_HOURS: hours }), hours).toMatchObject({ name: 'not-configured' });
  });
});
