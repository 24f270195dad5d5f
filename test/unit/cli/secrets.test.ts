import { afterEach, describe, expect, it, vi } from 'vitest';
import { COMMANDS } from '../../../src/cli/commands/commands.ts';
import { runCommand } from '../../support/command-run.ts';

// A variable in the wrong place: no command repeats a word that could be a secret.

/** As `openssl rand -base64 32` prints it. */
const SECRET = 'kX7+hush/Q0gEr1Yc2Vd3Ub4Ta5ZsWp6Xn7Om8Pl9Qk=';

/** It hands its words to wrangler, which shows them. */
const HANDING_ON = ['dev'];
/** It starts processes: only what it refuses before that. */
const STARTING = ['serve'];
/** Flags whose value is printed on purpose, as it is no secret: a subject, a file. */
const SHOWN = ['token --sub', 'backup --output'];

const flagsOf = (help: string): string[] => [...new Set([...help.matchAll(/--[a-z][a-z-]+/g)].map(([flag]) => flag))];

const OPERANDS = [[], ['alice/list'], ['alice/list', 'add'], ['list', '1']] as const;

const cases = Object.entries(COMMANDS)
  .filter(([name]) => !HANDING_ON.includes(name))
  .flatMap(([name, { help }]) => {
    const asks = help.includes('--url') ? ['--url', 'http://127.0.0.1:1', '--timeout', '0'] : [];
    const words = OPERANDS.flatMap((before) => [
      [name, ...before, SECRET, ...asks],
      [name, ...before, SECRET, SECRET, ...asks],
      [name, SECRET, ...before, ...asks],
      [name, ...before, `-${SECRET}`, ...asks],
      [name, ...before, `--${SECRET}`, ...asks],
      [name, ...before, `--${SECRET}=1`, ...asks],
    ]);
    const flags = flagsOf(help)
      .filter((flag) => !SHOWN.includes(`${name} ${flag}`))
      .filter((flag) => !STARTING.includes(name) || flag === '--port')
      .flatMap((flag) =>
        OPERANDS.flatMap((before) => [
          [name, ...before, ...asks, flag, SECRET],
          [name, ...before, ...asks, `${flag}=${SECRET}`],
        ]),
      );
    return [...words, ...flags];
  });

afterEach(() => vi.unstubAllEnvs());

describe('a secret in the wrong place', () => {
  it('is repeated by no command, wherever it stands', async () => {
    vi.stubEnv('AUTH_SECRET', 'the-secret-of-the-tests-0123456789abcdef');
    const repeating: string[] = [];
    for (const argv of [[SECRET], [`--${SECRET}`], ...cases]) {
      const printed = await runCommand(...argv).then(
        ({ stdout, stderr }) => stdout + stderr,
        (error: unknown) => String(error),
      );
      if (/hush/.test(decodeURIComponent(printed.replace(/%(?![0-9A-F]{2})/gi, ''))))
        repeating.push(`${argv.join(' ')}: ${printed}`);
    }
    expect(repeating).toEqual([]);
    expect(cases.length).toBeGreaterThan(300);
  });
});
