import { replay } from '../../core/patch/replay.ts';
import type { PatchOperation } from '../../protocol/patch.ts';

/** What a patch of the server makes of a state. */
export const patched = (state: unknown, patch: unknown): unknown =>
  replay(structuredClone(state) as Parameters<typeof replay>[0], patch as readonly PatchOperation[]);
