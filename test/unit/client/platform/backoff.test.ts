import { describe, expect, it } from 'vitest';
import { REQUEST_GAP_MS, retryAfterOf, retryDelay } from '../../../../src/client/platform/backoff.ts';

const NOW = Date.parse('2026-11-28T00:00:00Z');
const date = (ms: number): string => new Date(ms).toUTCString();

describe('the delay that an answer asks for', () => {
  it.each([
    ['seconds', { 'Retry-After': '7' }, 7_000],
    ['a date, by this clock', { 'Retry-After': date(NOW + 5_000) }, 5_000],
    // The server's clock is an hour ahead: by this one the client would wait for an hour.
    [
      'a date, by the clock of the server',
      { 'Retry-After': date(NOW + 3_605_000), Date: date(NOW + 3_600_000) },
      5_000,
    ],
    ['a date that has passed', { 'Retry-After': date(NOW - 5_000) }, 0],
    ['what is neither', { 'Retry-After': 'soon' }, 0],
    ['less than nothing', { 'Retry-After': '-3' }, 0],
    ['nothing', {}, 0],
  ] as const)('is read from %s', (_, headers, ms) => {
    expect(retryAfterOf(new Headers(headers), NOW)).toBe(ms);
  });
});

describe('the delay of a retry', () => {
  const BACKOFF = { firstMs: 100, maxMs: 1_000 };

  it('doubles up to its most, and comes on top of what was asked for', () => {
    const delays = [1, 2, 3, 9].map((failures) => retryDelay(BACKOFF, failures, 1, 0) - REQUEST_GAP_MS);
    expect(delays).toEqual([100, 200, 400, 1_000]);
    expect(retryDelay(BACKOFF, 1, 0.5, 7_000)).toBe(7_050);
  });

  it('is five minutes and chance at the most, whatever was asked for', () => {
    expect(retryDelay(BACKOFF, 1, 0, 1e12)).toBe(300_000);
  });
});
