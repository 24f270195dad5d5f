#!/usr/bin/env node
import { run } from './command-line/run.ts';
import { COMMANDS } from './commands/commands.ts';

// What `npx changebucket` starts.

// `changebucket log alice/list | head -1` closes the pipe: there is nobody left to print for.
process.stdout.on('error', () => process.exit());
await run(COMMANDS, process.argv.slice(2));
