import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  brokenLinks,
  glossaryNames,
  mentionedPaths,
  missingPaths,
  readPage,
  sectionsOf,
  unknownRules,
} from '../support/doc-checks.ts';
import { definedRules } from '../support/house/protocol-rules.ts';

// docs/api is a report that another test makes and compares.
const pages = globSync(['*.md', 'docs/*.md', 'docs/decisions/*.md', '.github/**/*.md']).sort().map(readPage);
const files = globSync(
  ['src/**/*', 'test/**/*', 'docs/**/*', 'public/**/*', 'create/**/*', 'examples/**/*', '.github/**/*', '.ci/*'],
  { exclude: (path) => path.endsWith('node_modules') },
);
const decisions = pages.filter(({ path }) => /^docs\/decisions\/\d/.test(path));

describe('the documentation', () => {
  it('links to what is there', () => {
    expect(pages.length).toBeGreaterThan(15);
    expect(pages.flatMap(brokenLinks)).toEqual([]);
  });

  it('mentions files that are there', () => {
    expect(pages.flatMap(mentionedPaths).length).toBeGreaterThan(200);
    expect(pages.flatMap((page) => missingPaths(page, files))).toEqual([]);
  });

  it('quotes rules that PROTOCOL.md has', () => {
    const rules = definedRules(readFileSync('PROTOCOL.md', 'utf8'));
    expect(pages.flatMap((page) => unknownRules(page, rules))).toEqual([]);
  });

  it('says of each name in the glossary where it is', () => {
    const names = glossaryNames(readPage('docs/glossary.md'));
    expect(names.length).toBeGreaterThan(25);
    const isIn = (name: string, path: string) => new RegExp(`\\b${name}\\b`).test(readFileSync(path, 'utf8'));
    expect(names.filter(([name, path]) => !isIn(name, path))).toEqual([]);
  });

  it('has every section of the template on every decision, and every decision in the list', () => {
    expect(decisions.length).toBeGreaterThanOrEqual(10);
    const template = sectionsOf(readPage('docs/decisions/template.md'));
    for (const page of decisions) expect(sectionsOf(page), page.path).toEqual(template);
    const list = readFileSync('docs/decisions/README.md', 'utf8');
    const unlisted = decisions.filter(({ path }) => !list.includes(`](${path.split('/').at(-1)})`));
    expect(unlisted.map(({ path }) => path)).toEqual([]);
  });
});

describe('the checks of the documentation', () => {
  const page = { path: 'docs/page.md', text: '' };

  it('find links that lead nowhere', () => {
    const text =
      '# <a id="an-id"></a>A title: `one`\n[0](#an-id) [1](#a-title-one) [2](#two) [3](../README.md) [4](no.md) [5](https://x.y/z) [6](../README.md#no)';
    expect(brokenLinks({ ...page, text })).toEqual([
      'docs/page.md: #two',
      'docs/page.md: no.md',
      'docs/page.md: ../README.md#no',
    ]);
  });

  it('find files that are not there', () => {
    const text =
      '`src/a.ts`, src/b.ts, `src/dir/`, `src/none/`, src/*.ts, src/*.js, https://x.y/src/c.ts, d.ts, dir/e.ts';
    expect(missingPaths({ ...page, text }, ['src/a.ts', 'src/dir/d.ts'])).toEqual([
      'docs/page.md: src/b.ts',
      'docs/page.md: src/none',
      'docs/page.md: src/*.js',
      'docs/page.md: dir/e.ts',
    ]);
  });

  it('take a file of a project that is made, or that the page shows, as there', () => {
    const text = '`src/rules.ts`, src/none.ts, own.ts\n```ts own.ts\n```\n';
    expect(missingPaths({ ...page, text }, ['create/template/src/rules.ts'])).toEqual(['docs/page.md: src/none.ts']);
  });

  it('find rules that are not there', () => {
    expect(unknownRules({ ...page, text: '[Q1] [Q2] [A1](link)' }, ['Q1'])).toEqual(['docs/page.md: [Q2]']);
  });

  it('read names and files from the glossary', () => {
    const text = '| `Name` | A sentence. | `src/a.ts` |\n| word | A sentence. | `src/b.ts` |';
    expect(glossaryNames({ ...page, text })).toEqual([['Name', 'src/a.ts']]);
  });
});
