import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as limits from '../../../src/protocol/limits.ts';

/** A row of a table: `| what | 256 KB | … | `CHANGE_BYTES_MAX` |`. */
const ROWS = /^\| [^|]+ \| ([\d,]+)(?: (KB|MB|bytes|s|days))? \| .* \| `(\w+)` \|$/gm;

const UNITS: Readonly<Record<string, number>> = { KB: 1024, MB: 1024 ** 2, s: 1, days: 24 * 60 * 60 };

/** The value of a row in the unit of the constant, which its name tells. */
const limitOf = (digits: string, unit: string, name: string): number => {
  const value = Number(digits.replaceAll(',', '')) * (UNITS[unit] ?? 1);
  return /_MS\b|_MS_/.test(name) ? value * 1_000 : value;
};

describe('docs/limits.md', () => {
  it('[B1] [B2] has the numbers of limits.ts', () => {
    const rows = [...readFileSync('docs/limits.md', 'utf8').matchAll(ROWS)];
    const constants = new Map(Object.entries(limits));
    expect(rows.length).toBeGreaterThan(25);
    for (const [, digits = '', unit = '', name = ''] of rows)
      expect(limitOf(digits, unit, name), name).toBe(constants.get(name));
  });

  it('has nothing but such rows in its tables', () => {
    const lines = readFileSync('docs/limits.md', 'utf8').match(/^\| (?!---|what )/gm) ?? [];
    expect(lines.length).toBe([...readFileSync('docs/limits.md', 'utf8').matchAll(ROWS)].length);
  });
});
