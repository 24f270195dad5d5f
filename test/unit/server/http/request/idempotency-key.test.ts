import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIdempotencyKey } from '../../../../../src/server/http/request/idempotency-key.ts';
import { holds, hostileText } from '../../../../support/property.ts';

describe('Idempotency-Key', () => {
  it.each([
    [null, undefined],
    ['a', 'a'],
    ['"a"', 'a'],
    ['8e03978e-40d5-43e8-bc93-6894a57f9324', '8e03978e-40d5-43e8-bc93-6894a57f9324'],
    ['"8e03978e-40d5-43e8-bc93-6894a57f9324"', '8e03978e-40d5-43e8-bc93-6894a57f9324'],
    ['0._~-', '0._~-'],
    [`"${'k'.repeat(128)}"`, 'k'.repeat(128)],
  ])('[Q8] %j', (header, key) => {
    expect(parseIdempotencyKey(header)).toEqual({ kind: 'key', key });
  });

  it.each([
    '',
    '""',
    '"',
    '"a',
    'a"',
    '""a""',
    '"a" ',
    '"a";x=1',
    '"a", "b"',
    'a, b',
    'a b',
    '"a b"',
    '"a\\"b"',
    '"\\a"',
    "'a'",
    ':YQ==:',
    '?1',
    '~',
    '~a',
    '.a',
    '-a',
    '_a',
    'a/b',
    'a%2fb',
    '../a',
    'é',
    'e\u0301',
    'a\u200b',
    'a\0',
    'a\n',
    '"a\n"',
    'a\r\nX: y',
    '__proto__',
    'k'.repeat(129),
    `"${'k'.repeat(129)}"`,
  ])('[I1] [J10] %j is refused', (header) => {
    expect(parseIdempotencyKey(header)).toMatchObject({
      kind: 'problem',
      problem: { name: 'invalid-header' },
    });
  });

  it('gets an answer whatever it is', () => {
    const seen = { key: 0, problem: 0 };
    holds(
      fc.property(hostileText('"a0._~-\\'), (header) => {
        seen[parseIdempotencyKey(header).kind] += 1;
      }),
    );
    expect(Math.min(seen.key, seen.problem)).toBeGreaterThan(10);
  });
});
