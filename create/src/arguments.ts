import { parseArgs } from 'node:util';

/** What the command is to do. */
export interface Arguments {
  readonly folder: string;
  readonly installs: boolean;
  /** A version or range of the package changebucket, or the path of its tarball; undefined for the template's own. */
  readonly changebucket: string | undefined;
  readonly asks: 'project' | 'help' | 'version';
}

/** Said to the user in place of a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const FOLDER_DEFAULT = 'my-app';

const OPTIONS = {
  install: { type: 'boolean', default: false },
  changebucket: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
  version: { type: 'boolean', short: 'v', default: false },
} as const;

/** @throws UsageError for a flag that does not exist, and for a second folder */
export const readArguments = (args: readonly string[]): Arguments => {
  const { values, positionals } = parse(args);
  const [folder = FOLDER_DEFAULT, second] = positionals;
  if (second !== undefined) throw new UsageError(`One folder is enough: ${folder}. "${second}" is one too many.`);
  const asks = values.help ? 'help' : values.version ? 'version' : 'project';
  return { folder, installs: values.install, changebucket: values.changebucket, asks };
};

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
};
