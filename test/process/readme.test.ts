import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../src/cli/bundle.ts';
import { linesOf } from '../support/house/lengths.ts';
import { Workerd } from '../support/servers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { outputsOf, scriptOf, stepsOf } from '../support/tour.ts';

const LINES_MAX = 150;

const tours = ['README.md', ...globSync('docs/*.md').sort()]
  .map((path) => ({ path, steps: stepsOf(readFileSync(path, 'utf8')) }))
  .filter(({ steps }) => steps.length > 0);

const curlsIn = (path: string): number =>
  stepsOf(readFileSync(path, 'utf8')).filter(({ command }) => command.includes('curl')).length;

/** A folder with the examples, in which `npx changebucket` is this repository's, as if the package were installed. */
const projectFolder = (): string => {
  const folder = temporaryFolder();
  const bin = join(folder, 'node_modules/.bin/changebucket');
  mkdirSync(dirname(bin), { recursive: true });
  const command = [process.execPath, join(root, 'src/cli/changebucket.ts')].map((part) => `'${part}'`).join(' ');
  writeFileSync(bin, `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
  symlinkSync(join(root, 'examples'), join(folder, 'examples'));
  return folder;
};

describe('README', () => {
  it(`has at most ${LINES_MAX} lines`, () => {
    expect(linesOf(readFileSync('README.md', 'utf8'))).toBeLessThanOrEqual(LINES_MAX);
  });

  it('shows five requests in curl, and the HTTP tour more than 25', () => {
    expect(curlsIn('README.md')).toBe(5);
    expect(curlsIn('docs/http.md')).toBeGreaterThan(25);
  });

  it.each(tours)('every line of the tour in $path runs and prints what it says', async ({ steps }) => {
    // Each tour begins with applications that do not exist yet.
    const workerd = await Workerd.prepare();
    await workerd.start();
    try {
      const printed = execFileSync('bash', ['-c', scriptOf(steps, workerd.url)], {
        encoding: 'utf8',
        cwd: projectFolder(),
        env: { ...process.env, CHANGEBUCKET_URL: workerd.url },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const outputs = outputsOf(printed);
      steps.forEach(({ command, expected }, index) => {
        for (const text of expected) expect(outputs[index], command).toContain(text);
      });
    } finally {
      await workerd.kill();
    }
  });
});
