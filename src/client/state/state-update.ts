import type { Json } from '../../protocol/json.ts';
import type { PatchOperation } from '../../protocol/patch.ts';
import type { Version } from '../../protocol/version.ts';
import { frozen } from '../platform/frozen.ts';
import { patchImmutably } from './immutable-patch.ts';
import { shareUnchanged } from './share-unchanged.ts';

/** A newer state or a patch, over whichever transport. */
export type StateUpdate =
  | ({ readonly kind: 'state'; readonly state: Json } & Version)
  | {
      readonly kind: 'patch';
      readonly epoch: string;
      readonly from: number;
      readonly to: number;
      readonly patch: readonly PatchOperation[];
    };

/** The newest state that the server has sent. Frozen: pages get it as it is. */
export interface Confirmed extends Version {
  readonly state: Json;
  /** It is the same from this version on, where the versions since have changed other parts only. Default: `version`. */
  readonly since?: number;
}

/** The effect of an update on the confirmed state. */
export type UpdateResult =
  | {
      readonly kind: 'advanced' | 'new-epoch';
      readonly confirmed: Confirmed;
      /** The patch that leads there; undefined when the whole state came. */
      readonly patch?: readonly PatchOperation[];
    }
  /** Not newer than the confirmed state: readers never go back [S10]. */
  | { readonly kind: 'stale' }
  /** It does not start from the confirmed state: the whole state is needed. */
  | { readonly kind: 'gap' };

/** @param last the state to share with: what has not changed stays `===` */
export const applyUpdate = (known: Confirmed | undefined, update: StateUpdate, last: Json): UpdateResult => {
  const { epoch } = update;
  if (update.kind === 'state') {
    if (known?.epoch === epoch && known.version >= update.version) return { kind: 'stale' };
    const state = frozen(shareUnchanged(last, update.state));
    const kind = known === undefined || known.epoch === epoch ? 'advanced' : 'new-epoch';
    return { kind, confirmed: { epoch, version: update.version, state } };
  }
  if (known?.epoch !== epoch) return { kind: 'gap' };
  if (known.version >= update.to) return { kind: 'stale' };
  const { from, to, patch } = update;
  const { version, since = version } = known;
  if (from < since || from > version) return { kind: 'gap' };
  if (patch.length === 0) return { kind: 'advanced', confirmed: { ...known, version: to, since }, patch };
  const state = patchImmutably(known.state, patch);
  if (state === undefined) return { kind: 'gap' };
  return { kind: 'advanced', confirmed: { epoch, version: to, state }, patch };
};
