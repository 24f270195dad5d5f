import type { ApplicationInfo } from '../protocol/answers.ts';
import type { PatchOperation } from '../protocol/patch.ts';
import type { CallOptions, RequestBody } from './call.ts';

/** A version of an application, or the version that was its newest at a time, in ms since 1970. */
export type PastPoint = { readonly version: number } | { readonly time: number };

/** A moment to which the platform can bring an application back [L19]: a time, in ms since 1970, or a bookmark. */
export type PlatformPoint = { readonly time: number } | { readonly bookmark: string };

/** An application that the platform has brought back, and what undoes it. */
export interface RecoveredInfo extends ApplicationInfo {
  readonly undo: { readonly from: 'platform'; readonly bookmark: string };
}

/** The ways of an application back into its past, and out of it. */
export interface PastApi {
  /**
   * Brings the state back to a point of the history, as a step of the log under a new epoch [L12].
   *
   * @throws ProblemError `history-expired`, `unknown-version` or `invalid-restore`; the application is as it was then
   */
  restore(point: PastPoint, options?: CallOptions): Promise<ApplicationInfo>;
  /**
   * Brings the state to that of a backup, in the same way; log, outcomes and clients stay.
   *
   * @param backup a function is called for each attempt; a stream alone is sent once
   * @throws ProblemError `invalid-import`, `invalid-restore` or `kind-conflict`; the application is as it was then
   */
  restoreBackup(backup: RequestBody | (() => RequestBody), options?: CallOptions): Promise<ApplicationInfo>;
  /**
   * Lets the platform bring the whole application back to a moment of the last 30 days, under a new epoch [L19]: also
   * log, outcomes and the counters of clients are those of then. Where the setting and the platform have it. Not sent
   * again when no answer came: the undo of a repeat would be another.
   *
   * @throws ProblemError `recovery-unavailable` or `invalid-restore`; the application is as it was then
   */
  recover(point: PlatformPoint, options?: CallOptions): Promise<RecoveredInfo>;
  /**
   * Makes another application of the state [L13]. Not sent again when no answer came.
   *
   * @param to `owner/app`, with the owner percent-encoded
   * @param options `at`: the state of then. Default: that of now
   * @returns the info of the new application
   * @throws ProblemError `already-exists`
   */
  fork(to: string, options?: CallOptions & { readonly at?: PastPoint }): Promise<ApplicationInfo>;
  /** The patch from one version to another [L14]. @param to default: the current version */
  diff(from: number, to?: number, options?: CallOptions): Promise<readonly PatchOperation[]>;
}
