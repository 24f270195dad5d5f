import type { Attack } from './attack.ts';
import { readers } from './readers.ts';
import { strangers } from './strangers.ts';
import { writers } from './writers.ts';

/** All kinds of hostile clients. */
export const attacks: readonly Attack[] = [...strangers, ...writers, ...readers];
