import type { Rules } from '../probing/rule.ts';
import { ACCESS } from './access.ts';
import { BOUNDS, COST, ERRORS, FAIRNESS } from './costs-and-bounds.ts';
import { DRAIN } from './drain.ts';
import { EVENTS } from './events.ts';
import { IDS } from './ids.ts';
import { JSON_INPUT } from './json-input.ts';
import { LIFE } from './life.ts';
import { OPERATING } from './operating.ts';
import { OUTCOMES } from './outcomes.ts';
import { PAST } from './past.ts';
import { PUSH } from './push.ts';
import { PUSH_CHOICES } from './push-choices.ts';
import { SOCKET } from './socket.ts';
import { SOCKET_PUSHES } from './socket-pushes.ts';
import { STATE } from './state.ts';
import { TRANSPORTS } from './transports.ts';
import { VERSIONS } from './versions.ts';

/** Every rule of PROTOCOL.md, in its order. A test compares both. */
export const RULES: Rules = {
  ...IDS,
  ...JSON_INPUT,
  ...PUSH,
  ...PUSH_CHOICES,
  ...DRAIN,
  ...OUTCOMES,
  ...STATE,
  ...VERSIONS,
  ...EVENTS,
  ...SOCKET,
  ...SOCKET_PUSHES,
  ...TRANSPORTS,
  ...LIFE,
  ...PAST,
  ...ACCESS,
  ...FAIRNESS,
  ...COST,
  ...OPERATING,
  ...ERRORS,
  ...BOUNDS,
};
