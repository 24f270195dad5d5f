import { existsSync } from 'node:fs';
import { basename, relative, resolve } from 'node:path';
import { type Command, readArguments } from '../command-line/command.ts';
import { CommandError } from '../command-line/command-error.ts';
import { entryOf, wranglerConfigIn } from '../worker/project.ts';
import { wranglerConfig } from '../worker/wrangler-config.ts';

const HELP = `Prints the least configuration of wrangler for a Worker with Changebucket, as JSON: for a new project, and for other
hosts of Durable Objects, which read this form.

Usage: npx changebucket config [--entry worker.ts] [--name mine] > wrangler.jsonc

  --entry   module of your Worker (default: the \`main\` of wrangler's configuration in this folder)
  --name    name of the Worker, in a-z, 0-9 and - (default: the name of this folder)

Variables, routes and environments are yours to add. Secrets are never in it.
`;

const OPTIONS = { entry: { type: 'string' }, name: { type: 'string' } } as const;

const run = (args: readonly string[]): void => {
  const { values } = readArguments(args, OPTIONS);
  const config = wranglerConfig({ name: nameFrom(values.name), main: mainFrom(values.entry) });
  console.log(JSON.stringify({ $schema: './node_modules/wrangler/config-schema.json', ...config }, null, 2));
};

/** Prints wrangler's configuration for a Worker of one's own. It writes nothing. */
export const config: Command = { summary: "print wrangler's configuration for your Worker", help: HELP, run };

const nameFrom = (given: string | undefined): string => {
  if (given !== undefined && !/^[a-z0-9][a-z0-9-]{0,62}$/.test(given))
    throw new CommandError('usage', `--name may have a-z, 0-9 and -, at most 63 characters`);
  const folder = basename(process.cwd())
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');
  return given ?? (folder.replaceAll(/^-+|-+$/g, '').slice(0, 63) || 'changebucket');
};

const mainFrom = (given: string | undefined): string => {
  const existing = wranglerConfigIn(process.cwd());
  const entry = given ?? (existing === undefined ? undefined : entryOf(existing));
  if (entry === undefined)
    throw new CommandError(
      'usage',
      'Name the module of your Worker: --entry worker.ts. There is no configuration here.',
    );
  if (!existsSync(entry))
    throw new CommandError('usage', '--entry must be the module of a Worker: there is no such file.');
  return relative(process.cwd(), resolve(entry)).replaceAll('\\', '/');
};
