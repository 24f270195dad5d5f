import { parseArgs } from 'node:util';
import { CommandError } from './command-error.ts';
import { nearest } from './nearest.ts';

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
  checkFlags(args, options);
  const parsed = parseArgs({ args: [...args], options, allowPositionals: true });
  const { length } = parsed.positionals;
  const [min, max] = operands;
  // Without its text: it may be a secret, behind a flag that takes none.
  if (length > max) throw new CommandError('usage', `Unexpected argument: beside flags, at most ${max} can be given.`);
  if (length < min) throw new CommandError('usage', 'An argument is missing.');
  return parsed;
};

/** Whatever `parseArgs` would throw for, in words of our own. */
const checkFlags = (args: readonly string[], options: Options): void => {
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const { name, rawName } = token;
    const type = Object.hasOwn(options, name) ? options[name]?.type : undefined;
    if (type === undefined) throw unknownFlag(args[token.index] ?? rawName, options);
    if (type === 'boolean' && token.value !== undefined) throw new CommandError('usage', `${rawName} takes no value.`);
    if (type === 'string' && !hasValue(token)) throw new CommandError('usage', `${rawName} needs a value.`);
  }
};

/** A value in a word of its own that looks like a flag is most likely the next flag. */
const hasValue = ({ value, inlineValue }: { value?: string | undefined; inlineValue?: boolean | undefined }): boolean =>
  value !== undefined && (inlineValue === true || !/^-./.test(value));

/** A word that is a flag by its look. Any other one may be a secret that begins with a dash, and is not repeated. */
const FLAG = /^(--?[a-z]{1,12}(?:-[a-z]{1,12}){0,2})(?:=.*)?$/is;

const unknownFlag = (word: string, options: Options): CommandError => {
  const [, written] = FLAG.exec(word) ?? [];
  const similar = written === undefined ? undefined : nearest(written.replace(/^-+/, ''), Object.keys(options));
  const cure = similar === undefined ? '' : ` Did you mean --${similar}?`;
  return new CommandError('usage', `unknown option${written === undefined ? '' : ` ${written}`}.${cure}`);
};
