import { describe, expect, it } from 'vitest';
import { codeBlocks } from '../support/pages/code-blocks.ts';
import { pageModules, runtimeOf } from '../support/pages/page-modules.ts';

const page = [
  '```ts todos.ts',
  'export const todos = 1;',
  '```',
  '<!-- tsx',
  'const token = 1;',
  '-->',
  '- in a list:',
  '  ```tsx continued not-run="needs a page"',
  '  render(token);',
  '  ```',
  '```sh tour',
  'curl x',
  '```',
  '```vue not-checked="needs its compiler"',
  '<p/>',
  '```',
  '```ts',
  "import { changebucket } from 'changebucket/server';",
  '```',
].join('\n');

describe('the blocks of code in a page', () => {
  it('are found with their marks, also in lists and in comments, in order', () => {
    const found = codeBlocks('a.md', page).map(({ line, language, file, isTour, isContinued, notRun, notChecked }) =>
      [line, language, file, isTour && 'tour', isContinued && 'continued', notRun, notChecked]
        .filter(Boolean)
        .join(' '),
    );
    expect(found).toEqual([
      '1 ts todos.ts',
      '4 tsx',
      '8 tsx continued needs a page',
      '11 sh tour',
      '14 vue needs its compiler',
      '17 ts',
    ]);
  });

  it('make modules: a continued block goes on with the one before it', () => {
    const modules = pageModules(codeBlocks('a.md', page));
    expect(modules.map(({ file, text, notRun }) => ({ file, text, notRun }))).toEqual([
      { file: 'todos.ts', text: 'export const todos = 1;\n', notRun: undefined },
      { file: 'line-4.tsx', text: 'const token = 1;\n\nrender(token);\n', notRun: 'needs a page' },
      { file: 'line-17.ts', text: "import { changebucket } from 'changebucket/server';\n", notRun: undefined },
    ]);
    expect(modules.map(runtimeOf)).toEqual(['node', 'node', 'worker']);
  });
});
