import type { Json } from './json.ts';

/**
 * One operation of a JSON Patch (RFC 6902). `path` and `from` are JSON Pointers (RFC 6901). Patches from the server
 * contain only `add`, `replace` and `remove`.
 */
export type PatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: Json }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move' | 'copy'; readonly from: string; readonly path: string };

/** Media type of a JSON Patch (RFC 6902). */
export const JSON_PATCH_TYPE = 'application/json-patch+json';
/** Media type of a JSON Merge Patch (RFC 7396). */
export const MERGE_PATCH_TYPE = 'application/merge-patch+json';
