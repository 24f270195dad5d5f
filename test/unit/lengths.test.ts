import { describe, expect, it } from 'vitest';
import { functionLengths, linesOf, shareUpTo } from '../support/house/lengths.ts';
import { parseSource, readSourceFiles } from '../support/house/source-files.ts';

const FILE_MAX = 260;
const FILE_USUAL = 150;
const FUNCTION_MAX = 60;
const FUNCTION_USUAL = 10;

const src = readSourceFiles('src');
const files = src.map(({ path, text }) => ({ path, lines: linesOf(text) }));
const functions = src.flatMap(functionLengths);

describe('lengths in src', () => {
  it(`no file has more than ${FILE_MAX} lines, and nine of ten have at most ${FILE_USUAL}`, () => {
    expect(files.filter(({ lines }) => lines > FILE_MAX).map(({ path }) => path)).toEqual([]);
    const lines = files.map((file) => file.lines);
    expect(shareUpTo(FILE_USUAL, lines)).toBeGreaterThanOrEqual(0.9);
  });

  it(`no function has more than ${FUNCTION_MAX} lines, and four of five have at most ${FUNCTION_USUAL}`, () => {
    expect(functions.length).toBeGreaterThan(1_500);
    expect(Math.max(...functions)).toBeLessThanOrEqual(FUNCTION_MAX);
    expect(shareUpTo(FUNCTION_USUAL, functions)).toBeGreaterThanOrEqual(0.8);
  });

  it('counts what it is given', () => {
    const text =
      'const a = () => 1;\nfunction b() {\n  return [1].map(\n    (c) => c,\n  );\n}\nclass D {\n  e() {\n  }\n}\n';
    expect(linesOf(text)).toBe(10);
    expect(linesOf('one\n')).toBe(1);
    expect(functionLengths(parseSource('a.ts', text))).toEqual([1, 5, 1, 2]);
    expect(shareUpTo(2, [1, 2, 3, 4])).toBe(0.5);
  });
});
