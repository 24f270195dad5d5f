import { run } from './command-line/run.ts';
import { COMMANDS } from './commands/commands.ts';

// What `npm run dev` starts.

await run(COMMANDS, ['dev', ...process.argv.slice(2)]);
