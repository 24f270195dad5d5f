import { run } from './command-line/run.ts';
import { COMMANDS } from './commands/commands.ts';

// What `npm run token` starts.

await run(COMMANDS, ['token', ...process.argv.slice(2)]);
