import type { Json } from '../../protocol/json.ts';
import type { PatchOperation } from '../../protocol/patch.ts';
import { frozen } from '../platform/frozen.ts';
import { NOTHING } from '../platform/nothing.ts';
import { patchImmutably } from '../state/immutable-patch.ts';
import type { Confirmed } from '../state/state-update.ts';
import type { StatePatch } from './storage.ts';

/** A whole confirmed state as it is stored. */
export interface StoredState {
  readonly epoch: string;
  readonly version: number;
  /** The parts of its JSON. */
  readonly text: readonly string[];
}

/** The end of the log of patches behind the stored state. */
export interface LogHead {
  readonly epoch: string;
  /** The version that state and patches lead to. */
  readonly version: number;
  /** Characters of the state, and of all patches. */
  readonly stateLength: number;
  readonly logLength: number;
}

/** A patch as it is stored. */
export interface StoredPatch {
  readonly from: number;
  readonly to: number;
  /** The JSON of the operations. */
  readonly text: string;
}

/** A log may always become so long, in characters, before the state is stored again: small states change completely. */
const LOG_LENGTH_MIN = 65_536;

/**
 * The head of the log with these patches; undefined when the whole state must be stored: they do not continue the log, or
 * the log outweighs the state. So storing costs as much as the change, on average.
 */
export const extendLog = (
  head: LogHead | null,
  { epoch, version }: Confirmed,
  patches: readonly StoredPatch[] | undefined,
): LogHead | undefined => {
  if (head === null || patches === undefined || head.epoch !== epoch) return undefined;
  let end = head.version;
  let { logLength } = head;
  for (const { from, to, text } of patches) {
    if (from !== end) return undefined;
    end = to;
    logLength += text.length;
  }
  const isShort = logLength <= Math.max(head.stateLength, LOG_LENGTH_MIN);
  return end === version && isShort ? { ...head, version, logLength } : undefined;
};

export const storedPatch = ({ from, to, patch }: StatePatch): StoredPatch => ({
  from,
  to,
  text: JSON.stringify(patch),
});

/** The state that a stored state and the patches behind it lead to. */
export const replayLog = ({ epoch, version, text }: StoredState, patches: readonly StoredPatch[]): Confirmed => {
  let confirmed: Confirmed = {
    epoch,
    version,
    state: text.length === 0 ? NOTHING : frozen(JSON.parse(text.join('')) as Json),
  };
  for (const { from, to, text: operations } of patches) {
    // Left from before the state was stored: a page that is being closed removes nothing.
    if (from !== confirmed.version) continue;
    const state = patchImmutably(confirmed.state, JSON.parse(operations) as PatchOperation[]);
    if (state === undefined) break;
    confirmed = { epoch, version: to, state };
  }
  return confirmed;
};
