import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder, Workerd } from '../support/servers.ts';
import { outputsOf, scriptOf, stepsOf } from '../support/tour.ts';

let workerd: Workerd;

beforeAll(async () => {
  workerd = await Workerd.prepare();
  await workerd.start();
});
afterAll(() => workerd.kill());

describe('README', () => {
  it('every line of the curl tour runs and prints what it says', () => {
    const steps = stepsOf(readFileSync('README.md', 'utf8'));
    expect(steps.filter(({ command }) => command.includes('curl')).length).toBeGreaterThan(25);
    const script = scriptOf(steps, workerd.url);
    const printed = execFileSync('bash', ['-c', script], {
      encoding: 'utf8',
      cwd: temporaryFolder(),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const outputs = outputsOf(printed);
    steps.forEach(({ command, expected }, index) => {
      for (const text of expected) expect(outputs[index], command).toContain(text);
    });
  });
});
