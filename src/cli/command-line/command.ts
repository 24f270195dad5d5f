import { parseArgs } from 'node:util';
import { CommandError } from './command-error.ts';

/** One of the commands of `changebucket`. */
export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  /** What `--help` prints. */
  readonly help: string;
  /** @throws CommandError that ends the process with its exit status */
  readonly run: (args: readonly string[]) => Promise<void> | void;
}

/** The options of `parseArgs` that the commands use. */
type Options = NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>['options']>;

/**
 * Parses flags and operands.
 * @param operands the fewest and the most words that are no flags
 * @throws CommandError of exit status 2 for unknown flags and for words too many or too few
 */
export const readArguments = <const O extends Options>(
  args: readonly string[],
  options: O,
  operands: readonly [min: number, max: number] = [0, 0],
) => {
  const parsed = parsedStrictly(args, options);
  const { length } = parsed.positionals;
  const [min, max] = operands;
  if (length > max) throw new CommandError('usage', `Unexpected argument '${parsed.positionals[max]}'.`);
  if (length < min) throw new CommandError('usage', 'An argument is missing.');
  return parsed;
};

const parsedStrictly = <const O extends Options>(args: readonly string[], options: O) => {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new CommandError('usage', error instanceof Error ? error.message : String(error));
  }
};
