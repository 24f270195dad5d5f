import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { logRepeated } from '../../../../src/server/logging/log-repeated.ts';

const NOW = 1_000_000;
let about = '';
let lines: Record<string, unknown>[] = [];

beforeEach(() => {
  about = crypto.randomUUID();
  lines = [];
  vi.spyOn(console, 'error').mockImplementation((line: string) => void lines.push(JSON.parse(line)));
});
afterEach(() => vi.restoreAllMocks());

describe('a line of what may come again', () => {
  it('[G2] is written at once, then once a minute with the number of those that were left out', () => {
    for (let i = 0; i < 5; i += 1) logRepeated('it broke', { application: 'a/b', seq: i }, { about, now: NOW + i });
    expect(lines).toEqual([
      { time: expect.any(String), level: 'error', message: 'it broke', application: 'a/b', seq: 0 },
    ]);
    logRepeated('it broke', { application: 'a/b', seq: 9 }, { about, now: NOW + 60_000 });
    expect(lines[1]).toMatchObject({ message: 'it broke', seq: 9, leftOut: 4 });
  });

  it('[G2] is written for each thing that it is about, and for each message', () => {
    logRepeated('it broke', {}, { about, now: NOW });
    logRepeated('it broke', {}, { about: `${about}2`, now: NOW });
    logRepeated('it bent', {}, { about, now: NOW });
    expect(lines.length).toBe(3);
  });

  it('[G2] waits for a burst where single ones are everyday', () => {
    for (let i = 0; i < 19; i += 1) logRepeated('refused', {}, { about, threshold: 20, now: NOW });
    expect(lines).toEqual([]);
    logRepeated('refused', {}, { about, threshold: 20, now: NOW });
    expect(lines.length).toBe(1);
  });
});
