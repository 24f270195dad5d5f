#!/usr/bin/env node
import { run } from './command-line/run.ts';
import { COMMANDS } from './commands/commands.ts';

// What `npx changebucket` starts.

await run(COMMANDS, process.argv.slice(2));
