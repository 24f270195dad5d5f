import type { Version } from '../../protocol/version.ts';

/** What a reader that has `cursor` needs to be at `present` [S2] [S3] [S11]. */
export type CatchUp =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'patch'; readonly from: number }
  | { readonly kind: 'full' };

/** Cursors of another epoch, from the future, or below the floor get everything. */
export const catchUp = (cursors: readonly Version[], present: Version, floor: number): CatchUp => {
  const known = cursors.filter(({ epoch, version }) => epoch === present.epoch && version <= present.version);
  const newest = known.reduce((best, { version }) => Math.max(best, version), -1);
  if (newest === present.version) return { kind: 'unchanged' };
  return newest >= floor && newest >= 0 ? { kind: 'patch', from: newest } : { kind: 'full' };
};
