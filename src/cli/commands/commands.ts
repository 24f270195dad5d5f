import type { Commands } from '../command-line/run.ts';
import { apps } from './apps.ts';
import { audit } from './audit.ts';
import { backup } from './backup.ts';
import { backups } from './backups.ts';
import { config } from './config.ts';
import { conformance } from './conformance.ts';
import { cost } from './cost.ts';
import { deleteCommand } from './delete.ts';
import { dev } from './dev.ts';
import { diff } from './diff.ts';
import { fork } from './fork.ts';
import { get } from './get.ts';
import { log } from './log.ts';
import { publish } from './publish.ts';
import { purge } from './purge.ts';
import { push } from './push.ts';
import { rejections } from './rejections.ts';
import { restore } from './restore.ts';
import { revoke } from './revoke.ts';
import { serve } from './serve.ts';
import { token } from './token.ts';
import { undelete } from './undelete.ts';
import { watch } from './watch.ts';

/** All commands of `changebucket`. */
export const COMMANDS: Commands = {
  dev,
  serve,
  config,
  token,
  cost,
  apps,
  log,
  push,
  get,
  watch,
  rejections,
  backup,
  backups,
  restore,
  conformance,
  fork,
  diff,
  delete: deleteCommand,
  undelete,
  purge,
  publish,
  revoke,
  audit,
};
