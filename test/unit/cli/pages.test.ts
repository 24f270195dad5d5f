import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../src/cli/commands/commands.ts';

const page = (name: string): string => readFileSync(`docs/${name}.md`, 'utf8');

/** The settings that the server's code reads. RATE_LIMIT is a binding, not a text. */
const settings = [
  ...new Set(
    globSync('src/server/**/*.ts')
      .flatMap((path) => [...readFileSync(path, 'utf8').matchAll(/^ {2}readonly ([A-Z_]+)\?: string/gm)])
      .map(([, name = '']) => name),
  ),
];

describe('the page of the commands', () => {
  it.each(Object.entries(COMMANDS))('has %s with all of its flags', (name, { help }) => {
    const text = page('commands');
    expect(text).toContain(`\`${name}\``);
    const flags = [...help.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)].map(([flag]) => flag);
    expect(flags.filter((flag) => !text.includes(flag))).toEqual([]);
  });
});

describe('the page of operation', () => {
  it('has every setting that the code reads', () => {
    expect(settings.length).toBeGreaterThan(9);
    expect(settings.filter((name) => !page('operate').includes(`\`${name}\``))).toEqual([]);
  });

  it('serve passes every setting on that works there, and says so', () => {
    const missing = settings.filter((name) => !COMMANDS['serve']?.help.includes(name));
    // Plain workerd has no recovery [L19], and `--open` sets the other one.
    expect(missing).toEqual(['PLATFORM_RECOVERY', 'CHANGEBUCKET_OPEN']);
  });
});
