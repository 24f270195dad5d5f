import { vi } from 'vitest';
import { run } from '../../src/cli/command-line/run.ts';
import { COMMANDS } from '../../src/cli/commands/commands.ts';

/** What a command printed, and its exit status. */
export interface CommandRun {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in this process: `changebucket` with these arguments. One at a time. */
export const runCommand = async (...argv: string[]): Promise<CommandRun> => {
  const [stdout, stderr]: [string[], string[]] = [[], []];
  const spies = [
    vi.spyOn(console, 'log').mockImplementation((text: unknown) => void stdout.push(String(text))),
    vi.spyOn(console, 'error').mockImplementation((text: unknown) => void stderr.push(String(text))),
  ];
  const before = process.exitCode;
  process.exitCode = 0;
  try {
    await run(COMMANDS, argv);
    return { status: Number(process.exitCode), stdout: stdout.join('\n'), stderr: stderr.join('\n') };
  } finally {
    process.exitCode = before;
    for (const spy of spies) spy.mockRestore();
  }
};
