import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { definedRules, ruleTrouble } from '../support/house-rules.ts';

const filesIn = (folder: string, ending: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name));

const read = (path: string): string => readFileSync(path, 'utf8');

describe('house rules', () => {
  it('every rule of PROTOCOL.md is quoted by a test, and every quoted rule exists', () => {
    const protocol = read('PROTOCOL.md');
    expect(definedRules(protocol).length).toBeGreaterThan(70);
    expect(ruleTrouble(protocol, filesIn('test', '.test.ts').map(read))).toEqual([]);
  });

  it('the check fails when a rule is missing on either side', () => {
    const protocol = '- **[Q1]** one\n- **[Q2]** two\n- **[Q2]** again';
    // Put together, so that the check does not read these as titles of this file.
    const titled = (call: string, quote: string, id: string) => `${call}(${quote}[${id}] holds${quote}, () => {})`;
    const tests = [titled('it', "'", 'Q1'), titled('it.each([1, 2])', '`', 'Z9'), '// [Q2] only in a comment'];
    expect(ruleTrouble(protocol, tests)).toEqual([
      'Q2 is quoted by no test',
      'Q2 is quoted by no test',
      'Z9 is not in PROTOCOL.md',
      'Q2 is defined twice',
    ]);
  });

  it('no source file is longer than 300 lines', () => {
    const files = filesIn('src', '.ts');
    expect(files.length).toBeGreaterThan(50);
    expect(files.filter((path) => read(path).split('\n').length > 301)).toEqual([]);
  });

  it('every limit says why', () => {
    const blocks = read('src/protocol/limits.ts').split('\n\n');
    const silent = blocks.filter((block) => /^export const/m.test(block) && !/\/\*\*|\/\//.test(block));
    expect(silent).toEqual([]);
  });
});
