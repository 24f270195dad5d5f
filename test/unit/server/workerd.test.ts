import { readFileSync } from 'node:fs';
import { parseSync } from 'oxc-parser';
import { describe, expect, it } from 'vitest';

/** The values that a module exports under their names, without types. */
const valuesOf = (path: string): string[] =>
  parseSync(path, readFileSync(path, 'utf8'))
    .module.staticExports.flatMap(({ entries }) => entries)
    .filter(({ isType }) => !isType)
    .map(({ exportName }) => String(exportName.name))
    .toSorted();

describe('the entry of changebucket/server for workerd', () => {
  it('exports the values of the entry for all others', () => {
    const values = valuesOf('src/server/index.ts');
    expect(values).toContain('changebucket');
    expect(valuesOf('src/server/workerd.ts')).toEqual(values);
  });
});
