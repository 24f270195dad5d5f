import { run } from './command-line/run.ts';
import { COMMANDS } from './commands/commands.ts';

// What `npm run cost` starts.

await run(COMMANDS, ['cost', ...process.argv.slice(2)]);
