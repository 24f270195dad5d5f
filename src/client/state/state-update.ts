import type { Json } from '../../protocol/json.ts';
import type { PatchOperation } from '../../protocol/patch.ts';
import type { Version } from '../../protocol/version.ts';
import { patched } from './immutable-patch.ts';

/** What a reader was told of the state, over whichever transport. */
export type Sighting =
  | ({ readonly kind: 'state'; readonly state: Json } & Version)
  | {
      readonly kind: 'patch';
      readonly epoch: string;
      readonly from: number;
      readonly to: number;
      readonly patch: readonly PatchOperation[];
    };

/** The state as the server has it, never changed in place. */
export interface Confirmed extends Version {
  readonly state: Json;
}

/** What a sighting does to what is known. */
export type Seen =
  | {
      readonly kind: 'moved' | 'new epoch';
      readonly confirmed: Confirmed;
      /** By which it has moved, if it is known. */
      readonly patch?: readonly PatchOperation[];
    }
  /** Known already, or older: readers never go back [S10]. */
  | { readonly kind: 'old' }
  /** It does not lead on from what is known: ask for the whole state. */
  | { readonly kind: 'broken' };

export const see = (known: Confirmed | undefined, sighting: Sighting): Seen => {
  const { epoch } = sighting;
  if (sighting.kind === 'state') {
    const confirmed = { epoch, version: sighting.version, state: sighting.state };
    if (known !== undefined && known.epoch !== epoch) return { kind: 'new epoch', confirmed };
    return known !== undefined && known.version >= sighting.version ? { kind: 'old' } : { kind: 'moved', confirmed };
  }
  if (known === undefined || known.epoch !== epoch || known.version < sighting.from) return { kind: 'broken' };
  if (known.version >= sighting.to) return { kind: 'old' };
  const state = known.version === sighting.from ? patched(known.state, sighting.patch) : undefined;
  if (state === undefined) return { kind: 'broken' };
  return { kind: 'moved', confirmed: { epoch, version: sighting.to, state }, patch: sighting.patch };
};
