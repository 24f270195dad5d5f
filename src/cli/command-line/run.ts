import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from './command.ts';
import { CommandError, EXIT } from './command-error.ts';
import { nearest } from './nearest.ts';

/** The commands by name, in the order in which help lists them. */
export type Commands = Readonly<Record<string, Command>>;

/**
 * Runs the command that the first argument names, and sets the exit status of the process: 0 done, 1 failed, 2 called
 * wrongly, 3 no answer of the server.
 */
export const run = async (commands: Commands, argv: readonly string[]): Promise<void> => {
  try {
    await runCommand(commands, argv);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    console.error(argv.includes('--json') ? JSON.stringify(error.body) : messageOf(error, commands, argv[0]));
    process.exitCode = error.exitCode;
  }
};

const messageOf = ({ message, exitCode }: CommandError, commands: Commands, name = ''): string => {
  if (exitCode !== EXIT.usage) return message;
  return `${message}\nHelp: changebucket ${Object.hasOwn(commands, name) ? `${name} ` : ''}--help`;
};

const runCommand = async (commands: Commands, [name, ...args]: readonly string[]): Promise<void> => {
  if (name === '--version' || name === '-v') return console.log(version());
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    console.log(overview(commands));
    if (name === undefined) process.exitCode = EXIT.usage;
    return;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) throw unknownCommand(name, Object.keys(commands));
  if (asksForHelp(args)) return console.log(command.help);
  await command.run(args);
};

const asksForHelp = (args: readonly string[]): boolean => {
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end)).some((arg) => arg === '--help' || arg === '-h');
};

const unknownCommand = (name: string, names: readonly string[]): CommandError => {
  const similar = nearest(name, names);
  const cure = similar === undefined ? `The commands are: ${names.join(', ')}.` : `Did you mean "${similar}"?`;
  return new CommandError('usage', `There is no such command. ${cure}`);
};

/** The same relative path from `src/cli/command-line` and from `dist/cli/command-line`. */
const version = (): string => {
  const { version: text }: { version: string } = JSON.parse(
    readFileSync(fileURLToPath(new URL('../../../package.json', import.meta.url).href), 'utf8'),
  );
  return text;
};

const overview = (commands: Commands): string => {
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(11)} ${summary}`);
  return `Changebucket ${version()}: application state for the edge.

Usage: npx changebucket <command> [options]

${lines.join('\n')}

  npx changebucket <command> --help     all about one command
  npx changebucket --version

Exit status: 0 done; 1 refused, rejected or failed; 2 called wrongly; 3 no answer from the server
`;
};
