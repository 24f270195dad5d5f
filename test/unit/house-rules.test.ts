import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { definedRules, ruleProblems } from '../support/house/protocol-rules.ts';
import { unexplainedExports } from '../support/house/unexplained-exports.ts';

const testFiles = (): string[] =>
  readdirSync('test', { recursive: true, encoding: 'utf8' })
    // The other systems of the benchmark bring tests, and rules, of their own.
    .filter((name) => name.endsWith('.test.ts') && !name.includes('node_modules'))
    .map((name) => join('test', name));

const MERGE_MARK = /^(?:<{7}|>{7}) /m;

const read = (path: string): string => readFileSync(path, 'utf8');

describe('house rules', () => {
  it('every rule of PROTOCOL.md is quoted by a test, and every quoted rule exists', () => {
    const protocol = read('PROTOCOL.md');
    expect(definedRules(protocol).length).toBeGreaterThan(70);
    expect(ruleProblems(protocol, testFiles().map(read))).toEqual([]);
  });

  it('the check fails when a rule is missing on either side', () => {
    const protocol = '- **[Q1]** one\n- **[Q2]** two\n- **[Q2]** again';
    const tests = [
      "it('[Q1] holds', () => {})",
      'it.each([1, 2])(`[Z9] for %s`, () => {})',
      "// it('[Q2] in a comment', () => {})",
      "/*\nit('[Q2] in a longer one', () => {})\n*/",
      "it.skip('[Q2] skipped', () => {})",
      `const text = "it('[Q2] in a string', () => {})";`,
    ];
    expect(ruleProblems(protocol, tests)).toEqual([
      'Q2 is quoted by no test',
      'Q2 is quoted by no test',
      'Z9 is not in PROTOCOL.md',
      'Q2 is defined twice',
    ]);
  });

  it('no file has the marks of a merge that was not finished', () => {
    const paths = ['src', 'test', 'docs', 'examples', 'create'].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
    );
    const texts = [...paths, ...readdirSync('.')].filter(
      (path) => /\.(?:ts|tsx|md|json|jsonc|toml|py|sh|html|css)$/.test(path) && !path.includes('node_modules'),
    );
    expect(texts.length).toBeGreaterThan(500);
    expect(texts.filter((path) => MERGE_MARK.test(read(path)))).toEqual([]);
    expect(MERGE_MARK.test(`a\n${'<'.repeat(7)} HEAD\nb`)).toBe(true);
  });

  it('every limit, or group of limits, says why above itself', () => {
    const fake = '/** Why. */\nexport const A = 1;\nexport const B = 2;\n\nexport const C = 3; // after it\n';
    expect(unexplainedExports(fake)).toEqual(['export const C = 3; // after it']);
    const limits = read('src/protocol/limits.ts');
    expect(limits.match(/^export /gm)?.length).toBeGreaterThan(20);
    expect(unexplainedExports(limits)).toEqual([]);
  });
});
