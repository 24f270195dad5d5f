import type { Version } from '../../../protocol/version.ts';
import type { LoadedState } from '../state/loaded-state.ts';

/** The position of a reader: an event stream or a socket. */
export interface Subscription {
  /** The part it follows: a JSON Pointer, `''` for the whole state. */
  readonly path: string;
  /** The version it was sent last; undefined before the first. */
  sent: Version | undefined;
  /** The reader is correct up to this version: later than `sent` when its part has not changed since [V8] [W5]. */
  currentTo: number;
}

/**
 * The position of a new reader: it resumes from a version that it knows, or starts without one [V2] [W5].
 *
 * @param known the versions that the reader claims to have
 */
export const subscribe = (loaded: LoadedState, path: string, known: readonly Version[]): Subscription => {
  // Of a part only the current version is usable: the history does not say what has changed in it since an older one.
  const oldestUsable = path === '' ? 0 : loaded.version;
  const sent = known.find(
    ({ epoch, version }) => epoch === loaded.row.epoch && version >= oldestUsable && version <= loaded.version,
  );
  return { path, sent, currentTo: sent?.version ?? 0 };
};
