import type { Commands } from '../command-line/run.ts';
import { cost } from './cost.ts';
import { dev } from './dev.ts';
import { serve } from './serve.ts';
import { token } from './token.ts';

/** All commands of `changebucket`. */
export const COMMANDS: Commands = { dev, serve, token, cost };
