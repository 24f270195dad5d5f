import type { CreateAnswer, Credentials, Refusal } from './messages.ts';

/** Where the platform's recovery leads to [L19]: a time, ms since 1970, or a bookmark of the platform. */
export type PlatformPoint =
  | { readonly kind: 'time'; readonly time: number }
  | { readonly kind: 'bookmark'; readonly bookmark: string };

/**
 * What says that an application is being recovered. It is kept by the directory of the owner: in the database of the
 * application, it would be lost with the recovery.
 */
export interface RecoveryMark {
  /** The epoch that the recovered application has: later than all that it ever had. */
  readonly epoch: string;
  /** Whether everybody may read it [A15]. */
  readonly isPublic: boolean;
  /** What it has cost, and used of its budget, as a `UsageSnapshot` [C3]. */
  readonly spent: readonly number[];
  /** When, ms since 1970, and the subject that has asked. */
  readonly at: number;
  readonly by: string;
}

/** What an instance does about the mark of its application. */
export type MarkStep =
  | { readonly kind: 'read' }
  | { readonly kind: 'set'; readonly mark: RecoveryMark }
  /** Its instance has begun with it. */
  | { readonly kind: 'clear'; readonly epoch: string };

/** The part of a directory that keeps the marks of recoveries. */
export interface RecoveryMarksApi {
  /** @returns the mark after the step; undefined where there is none */
  recoveryMark(app: string, step: MarkStep): RecoveryMark | undefined;
}

/** The recovery has begun: this instance ends in a moment. `undo` is the bookmark of the moment before it. */
export type RecoverAnswer = Refusal | { readonly kind: 'begun'; readonly undo: string };

/** The instance that is to end is still there. */
export interface Pending {
  readonly kind: 'pending';
}

/** The methods of an application for the recovery by the platform [L19]. */
export interface RecoveryApi {
  /** Lets the next instance begin with the database of then, and ends this one. */
  recover(point: PlatformPoint, user: string, ...rest: Credentials): Promise<RecoverAnswer>;
  /** The recovered application, once another instance answers. */
  recovered(): Promise<CreateAnswer | Pending>;
}
