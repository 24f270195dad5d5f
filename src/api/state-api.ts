import type { Definition, StateOf } from '../core/definition.ts';
import type { PartAt } from '../core/json/part-at.ts';
import type { Json } from '../protocol/json.ts';
import type { PatchOperation } from '../protocol/patch.ts';
import type { Position } from '../protocol/position.ts';
import type { Version } from '../protocol/version.ts';
import type { CallOptions } from './call.ts';

/** The options of `state`. */
export interface StateOptions extends CallOptions {
  /** A past version to read instead of the newest [S8]. */
  readonly at?: number;
  /** The JSON Pointer of the only part to read [S9]. Default: the whole state. */
  readonly path?: string | undefined;
  /** The lowest version that will do [S7]. */
  readonly minVersion?: number;
  /** Whether to apply the queue first: the state has everything that was accepted before [S6]. Default: false. */
  readonly drain?: boolean;
  /** Whole seconds, at most 25, to wait for `minVersion`, or for another version than that of `ifNoneMatch`. Default: 0. */
  readonly wait?: number;
  /** The etag of the version that is known: when there is none newer, the answer is `not-modified` [S2]. */
  readonly ifNoneMatch?: string | undefined;
  /** Whether the answer may be a JSON Patch from the version that is known [S3]. Default: false. */
  readonly patch?: boolean | undefined;
  /** Ms that the state may be old [S13], at most 10,000. Default: what the operator has set. */
  readonly maxStale?: number;
}

/** A version of the state in an answer. */
export interface ReadVersion extends Version {
  /** Epoch and version as an entity tag, with its quotes: for `ifNoneMatch` and `ifMatch`. */
  readonly etag: string;
  /** Where the application stood; undefined where a proxy has dropped the header. */
  readonly position: Position | undefined;
}

/** A state, or a part of it. */
export interface StateRead<State> extends ReadVersion {
  readonly kind: 'state';
  readonly state: State;
}

/** What leads from the version that is known to a newer one. */
export interface PatchRead extends ReadVersion {
  readonly kind: 'patch';
  /** Made of `add`, `replace` and `remove` alone; relative to the part where one was read. */
  readonly patch: readonly PatchOperation[];
}

/** The version that is known is the newest, or nothing has changed at the path since. */
export interface NotModified extends ReadVersion {
  readonly kind: 'not-modified';
}

/**
 * The type of what is read: the state, or what stands at a JSON Pointer in it, down to the leaf. Any JSON where no
 * definition is given, or where the pointer is only known when the program runs. `undefined` where the state has no such
 * part.
 */
export type ReadPart<Kind extends Definition, Path extends string | undefined> = [Path] extends [undefined]
  ? StateOf<Kind>
  : Json extends StateOf<Kind>
    ? Json
    : unknown extends PartAt<StateOf<Kind>, NonNullable<Path>>
      ? Json
      : // Where nothing can stand, there is no answer with a state; `never` would fit everything, and so hide a typing error.
        [PartAt<StateOf<Kind>, NonNullable<Path>>] extends [undefined]
        ? undefined
        : Exclude<PartAt<StateOf<Kind>, NonNullable<Path>>, undefined>;

/** The answers that the options allow. */
export type StateAnswer<
  Kind extends Definition,
  Path extends string | undefined,
  Known extends string | undefined,
  Patch extends boolean | undefined,
> =
  | StateRead<ReadPart<Kind, Path>>
  | ([Known] extends [undefined] ? never : NotModified)
  | ([Known] extends [undefined] ? never : [Patch] extends [false | undefined] ? never : PatchRead);
