import type { Position } from '../../protocol/position.ts';
import type { CreateAnswer, Credentials, Done, ExportAnswer, Refusal, SenderArguments } from './messages.ts';

/** A backup, as it is sent. */
export type Bytes = ReadableStream<Uint8Array>;

/** A moment of an application's past: a version, or the version that was the newest at a time, ms since 1970 [L12]. */
export type PastPoint =
  | { readonly kind: 'version'; readonly version: number }
  | { readonly kind: 'time'; readonly time: number };

/** The patch between two versions [L14], as JSON text. */
export type DiffAnswer =
  | Refusal
  | {
      readonly kind: 'diff';
      readonly patch: string;
      readonly from: number;
      readonly to: number;
      readonly position: Position;
    };

/** The methods of an application that concern it as a whole: its backups, its past, its end. `user` and `rest`: see `SenderArguments`. */
export interface LifecycleApi {
  exportBackup(...sender: SenderArguments): Promise<ExportAnswer>;
  importBackup(user: string, stream: Bytes, ...rest: Credentials): Promise<CreateAnswer>;
  /** Deletes the application [L3]. It can be undeleted for some time. */
  destroy(...sender: SenderArguments): Promise<Done>;
  /** Deletes everything of this name for good, also what was deleted before [L17]. */
  purge(...sender: SenderArguments): Promise<Done>;
  /** Brings a deleted application back [L16]. @param epoch the one that it had; undefined: what was deleted last */
  undelete(epoch: string | undefined, user: string, ...rest: Credentials): Promise<CreateAnswer>;
  /** Ends deleted applications before their time: its owner has too many [L18]. */
  endRetained(epochs: readonly string[]): Promise<void>;
  /** Lets everybody read without a token, or nobody any more [A15]. */
  setPublic(isPublic: boolean, ...sender: SenderArguments): Promise<Done>;
  /** Brings the state back to a point of the application's own history, as a step of its log [L12]. */
  restore(point: PastPoint, user: string, ...rest: Credentials): Promise<CreateAnswer>;
  /** Brings the state to that of a backup, as a step of the application's log [L12]. */
  restoreBackup(user: string, stream: Bytes, ...rest: Credentials): Promise<CreateAnswer>;
  /** @param to undefined: the current version */
  diff(from: PastPoint, to: PastPoint | undefined, user: string, ...rest: Credentials): Promise<DiffAnswer>;
  /** The state at a point as a backup without log: the content of a fork [L13]. Undefined: as it is now. */
  openFork(point: PastPoint | undefined, user: string, ...rest: Credentials): Promise<ExportAnswer>;
  /** Makes this application, which must not exist, of a backup [L13]. */
  createFork(user: string, stream: Bytes, ...rest: Credentials): Promise<CreateAnswer>;
}
