import type { Version } from '../../../protocol/version.ts';

/** Brings a reader to the current version. Texts are JSON. All readers that need the same update share one object. */
export type Update =
  | { readonly kind: 'patch'; readonly from: number; readonly version: Version; readonly text: string }
  | { readonly kind: 'state'; readonly version: Version; readonly text: string }
  | { readonly kind: 'gone'; readonly version: Version };
