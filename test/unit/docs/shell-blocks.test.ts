import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { codeBlocks } from '../../support/pages/code-blocks.ts';

// People paste these lines into a shell. An interactive zsh, as on macOS, has no comments: it takes `#` for a word.

const PAGES = [...globSync('*.md'), ...globSync('docs/*.md'), 'create/README.md', 'examples/board/README.md'];
const SHELLS = ['sh', 'bash', 'shell', 'console'];
/** A `#` where a shell looks for a comment: at the start of a word. */
const COMMENT = /(?:^|[\s;&|(])#/;

/** The lines of shell that a reader pastes, without the answers of tours. */
const commandsIn = (page: string, text: string): string[] =>
  codeBlocks(page, text)
    .filter(({ language }) => SHELLS.includes(language))
    .flatMap((block) => block.text.split('\n'))
    .filter((line) => line.trim() !== '' && !line.startsWith('#> '));

/** A line without what stands in quotes. */
const unquoted = (line: string): string => line.replace(/'[^']*'|"(?:\\.|[^"\\])*"/g, "''");

describe('the commands in the pages', () => {
  const commands = PAGES.flatMap((page) =>
    commandsIn(page, readFileSync(page, 'utf8')).map((line) => `${page}: ${line}`),
  );

  it('have no comments, which an interactive zsh passes on as arguments', () => {
    expect(commands.length).toBeGreaterThan(80);
    expect(commands.filter((line) => COMMENT.test(unquoted(line)))).toEqual([]);
  });

  it('have no bare word with ? or *, which zsh takes for the name of a file that must exist', () => {
    expect(commands.filter((line) => /[?*]/.test(unquoted(line).replace(/\$\?/g, '')))).toEqual([]);
  });

  it('are found in all shells, and answers of a tour are none of them', () => {
    const page = '```sh tour\na # b\n#> c\n```\n```bash\n# d\n```\n```ts\n# e\n```';
    expect(commandsIn('a.md', page)).toEqual(['a # b', '# d']);
    expect(["a 'b # c'", 'a "b # c"', 'a#b'].filter((line) => COMMENT.test(unquoted(line)))).toEqual([]);
    expect(['a # b', 'a;# b', '# a'].every((line) => COMMENT.test(unquoted(line)))).toBe(true);
  });
});
