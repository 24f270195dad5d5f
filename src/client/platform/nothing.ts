import type { Json } from '../../protocol/json.ts';

/** The state of a part while there is no value at its path: no JSON, so that it differs from a null there. */
export const NOTHING = undefined as unknown as Json;
