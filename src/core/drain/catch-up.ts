import type { Version } from '../../protocol/version.ts';

/** The update that brings a reader to the current version [S2] [S3] [S11]. */
export type CatchUp =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'patch'; readonly from: number }
  | { readonly kind: 'full' };

/**
 * Picks the smallest update. Cursors of another epoch, from the future, or older than the history get the full state.
 *
 * @param cursors the versions that the reader has
 * @param oldestVersion the oldest version from which the history is complete
 */
export const catchUp = (cursors: readonly Version[], current: Version, oldestVersion: number): CatchUp => {
  const known = cursors.filter(({ epoch, version }) => epoch === current.epoch && version <= current.version);
  const newest = known.reduce((best, { version }) => Math.max(best, version), -1);
  if (newest === current.version) return { kind: 'unchanged' };
  return newest >= oldestVersion && newest >= 0 ? { kind: 'patch', from: newest } : { kind: 'full' };
};
