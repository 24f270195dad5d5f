import type { ChangeOf } from '../core/change-of.ts';
import type { Definition, ReasonOf } from '../core/definition.ts';
import type { ApplicationInfo } from '../protocol/answers.ts';
import type { LogFilter, RejectionFilter } from '../protocol/change-filter.ts';
import type { Receipt, Ticket } from '../protocol/receipt.ts';
import type { CallOptions, RequestBody } from './call.ts';
import type { DeletionApi } from './deletion.ts';
import type { FollowOptions } from './follow.ts';
import type { Step } from './follow-step.ts';
import type { LogEntryOf, LogPageOf, RejectionListOf } from './logged-changes.ts';
import type { Pages } from './pages.ts';
import type { PastApi } from './past-api.ts';
import type { Batch, PushAnswer, Pushed, PushedBatch, PushOptions } from './push-api.ts';
import type { ReadPart, StateAnswer, StateOptions } from './state-api.ts';

/** An application that `create` has made or found. */
export interface Created {
  /** False when it existed with the same kind: also when only the answer to a first attempt was lost. */
  readonly created: boolean;
  readonly info: ApplicationInfo;
}

/**
 * One application over HTTP. All calls throw a `ProblemError`: with the server's problem, with `unreachable` or `timeout`
 * when no answer came, with `no-token` when the function that fetches tokens has failed, and with the name `foreign` when
 * a proxy or another server has answered.
 */
export interface ApplicationApi<Kind extends Definition = Definition> extends PastApi, DeletionApi {
  /**
   * Reads the state: the whole or a part, now or past, at once or when it changes.
   *
   * @returns `kind` is `state`; with `ifNoneMatch` it may be `not-modified`, and with `patch: true` also `patch`
   * @throws ProblemError such as `unknown-application`, `unknown-path`, `history-expired` or `version-not-reached`
   */
  state<
    Path extends string | undefined = undefined,
    Known extends string | undefined = undefined,
    Patch extends boolean | undefined = undefined,
  >(
    options?: StateOptions & {
      readonly path?: Path;
      readonly ifNoneMatch?: Known;
      readonly patch?: Patch;
    },
  ): Promise<StateAnswer<Kind, Path, Known, Patch>>;
  /**
   * Follows the state without a gap: the state first, then each step of it. By server-sent events, by long-polls where a
   * proxy holds those back, and over reconnections, for as long as they take once the server has answered.
   *
   * @throws ProblemError when the application is deleted or not allowed any more, or when at first nothing answers
   */
  follow<Path extends string | undefined = undefined>(
    options?: FollowOptions & { readonly path?: Path },
  ): AsyncGenerator<Step<ReadPart<Kind, Path>>, void>;
  /**
   * Pushes a change. It is safe to call again with the same `client` and `n`, or the same key, and is sent again where no
   * answer came. The first push creates the application [L2].
   *
   * @throws ProblemError when it is refused; with `wait` also when it is rejected, and then `problem.accepted` is true.
   * `not-json` for args that JSON has no word for
   * @throws TypeError for an idempotency key that is none [I1]
   */
  push<ReturnState extends boolean | undefined = undefined>(
    change: ChangeOf<Kind>,
    options?: PushOptions<ReturnState>,
  ): Promise<PushAnswer<Pushed, Kind, ReturnState>>;
  /**
   * Pushes consecutive changes of one client in one request.
   *
   * @throws ProblemError when it is refused; with `wait` also when it is atomic and rejected
   */
  batch<ReturnState extends boolean | undefined = undefined>(
    batch: Batch<Kind, ReturnState>,
  ): Promise<PushAnswer<PushedBatch<ReasonOf<Kind>>, Kind, ReturnState>>;
  /** What became of a change. @throws ProblemError `unknown-ticket` or `outcome-expired` */
  ticket(client: string, n: number, options?: CallOptions): Promise<Ticket<ReasonOf<Kind>>>;
  /** Creates the application. @param kind default: that of the definition @throws ProblemError `kind-conflict`, `unknown-kind` */
  create(kind?: string, options?: CallOptions): Promise<Created>;
  /** Position, sizes, rejections, budget and cost. */
  info(options?: CallOptions): Promise<ApplicationInfo>;
  /** Deletes it; `undelete` takes that back for some days [L3] [L16]. Not sent again when no answer came: somebody may have created another one. */
  delete(options?: CallOptions): Promise<void>;
  /** The log, oldest change first, behind a seq, narrowed by a filter. @param options `limit`: entries of a page, at most 500 */
  log(
    options?: CallOptions & LogFilter & { readonly after?: number; readonly limit?: number },
  ): Pages<LogEntryOf<Kind>, LogPageOf<Kind>>;
  /** The changes that were rejected, narrowed by a filter: failures apart with `cause` [O6]. */
  rejections(options?: CallOptions & RejectionFilter): Promise<RejectionListOf<Kind>>;
  /** Queues a rejected change again; of an atomic batch, all of it. @returns the receipts */
  retryRejection(seq: number, options?: CallOptions): Promise<readonly Receipt[]>;
  /** Removes a rejected change from the list. */
  discardRejection(seq: number, options?: CallOptions): Promise<void>;
  /** Lets everybody read the state without a token, or nobody any more [A15]. */
  setPublic(isPublic: boolean, options?: CallOptions): Promise<void>;
  /** A backup as NDJSON [L6]. Its last line tells the number of lines before it and their hash: without it, it was cut. */
  export(options?: CallOptions): Promise<ReadableStream<Uint8Array>>;
  /**
   * Replaces the application by a backup, under a new epoch; takes up to ten minutes.
   *
   * @param backup a function is called for each attempt; a stream alone is sent once
   * @throws ProblemError `invalid-import`; the application is as it was then
   */
  import(backup: RequestBody | (() => RequestBody), options?: CallOptions): Promise<ApplicationInfo>;
}
