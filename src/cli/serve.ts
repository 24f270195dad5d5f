import { join } from 'node:path';
import { buildPages, root } from './bundle.ts';
import { run } from './command-line/run.ts';
import { COMMANDS } from './commands/commands.ts';

// What `npm run serve` starts: the command, with the pages of this repository.

const args = process.argv.slice(2);
if (!args.includes('--help')) buildPages();
await run(COMMANDS, ['serve', '--assets', join(root, 'public'), ...args]);
