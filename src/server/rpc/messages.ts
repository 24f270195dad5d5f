import type { SenderRights } from '../../core/definition.ts';
import type { ListedApplication } from '../../protocol/answers.ts';
import type { Change, Precondition, Sender } from '../../protocol/change.ts';
import type { LogFilter, RejectionFilter } from '../../protocol/change-filter.ts';
import type { Position } from '../../protocol/position.ts';
import type { Problem } from '../../protocol/problems.ts';
import type { Cost, Receipt, Ticket } from '../../protocol/receipt.ts';
import type { Version } from '../../protocol/version.ts';
import type { NumberedSummary } from './numbers.ts';

// The messages between the Worker and its objects. JSON values travel as text: structured clone overflows on deep
// trees and costs more. For some minutes after a deployment both sides may run different versions, so members are
// only ever added, and a reader must do without a new one that is missing.

/** Consecutive changes of one sender with its role and the listed claims, and how to take and answer them. */
export interface PushMessage extends SenderRights {
  readonly sender: Sender;
  /** At least one. */
  readonly changes: readonly Change[];
  readonly atomicity: 'each' | 'atomic';
  readonly match?: Precondition;
  /** Whether precondition, name and args are checked before queueing as well as when applied [Q13]. */
  readonly validate: 'when-applied' | 'on-accept';
  /** The subject of the token. */
  readonly user: string;
  /** The kind of connection that it came over. */
  readonly via: 'request' | 'socket';
  /** The effect of a push to an application that does not exist [L2]. */
  readonly ifMissing: 'refuse' | 'create';
  /** The kind that the push is meant for [L2]: an application of another kind refuses it. */
  readonly kind?: string;
  /** Seconds to wait for the outcomes [Q11]; without it the answer is sent once the push is queued. */
  readonly wait?: number;
  readonly returns: 'receipts' | 'state';
  /** Id of the request, for the log [G2]; missing where a socket or an older Worker pushes. */
  readonly request?: string;
}

/** Never accepted, with the reason. `position` only where the application exists. */
export interface Refusal {
  readonly kind: 'refused';
  readonly problem: Problem;
  readonly position?: Position;
}

/** An answer that tells how long its stages took. */
export interface Timed {
  /** As the value of `Server-Timing` [G3]. Missing where an older object answers. */
  readonly timing?: string | undefined;
}

/** All changes are in the queue. */
export interface Accepted extends Timed {
  readonly kind: 'accepted';
  readonly receipts: readonly Receipt[];
  readonly position: Position;
}

/** All changes have their outcomes. */
export interface Settled extends Timed {
  readonly kind: 'settled';
  readonly tickets: readonly Ticket[];
  readonly position: Position;
  /** The state as JSON text; only when the push asked for it. */
  readonly state?: string;
}

/** The answer to a push that does not wait. */
export type ReceiptAnswer = Refusal | (Accepted & { readonly cost: Cost });
/** The answer to a push. */
export type PushAnswer = ReceiptAnswer | (Settled & { readonly cost: Cost });

/** A read of the state [S]. */
export interface ReadMessage {
  /** Versions that the reader has, from `If-None-Match`; '*' stands for any. */
  readonly known: '*' | readonly Version[];
  /** Whether a patch from a known version may replace the state [S3]. */
  readonly delta: 'json-patch' | 'none';
  /** Whether to apply the queue before answering [S6]. */
  readonly drain: 'first' | 'no';
  /** The lowest version that will do [S7]. */
  readonly minVersion?: number;
  /** Seconds to wait for a newer version [S5]. */
  readonly wait?: number;
  /** A past version to read instead of the newest [S8]. */
  readonly at?: number;
  /** The JSON Pointer of the part to read, already checked [S9]. */
  readonly path?: string;
  /** The reader's subject [F3]. */
  readonly user?: string;
}

/** The answer to a read. `body` is JSON text. */
export type ReadAnswer =
  | Refusal
  | (Read & { readonly kind: 'unchanged' })
  | (Read & { readonly kind: 'state'; readonly body: string })
  | (Read & { readonly kind: 'patch'; readonly base: Version; readonly body: string });

interface Read extends Timed {
  readonly version: Version;
  readonly position: Position;
  /** Changes with each revocation [A13]: who was let in with this one is let in still. Missing where an older object answers. */
  readonly generation?: number | undefined;
}

/** The state of one change [O1]. */
export type TicketAnswer = Refusal | { readonly kind: 'ticket'; readonly ticket: Ticket; readonly position: Position };

/** A body of JSON text that the application has printed. */
export type TextAnswer = Refusal | { readonly kind: 'text'; readonly body: string; readonly position: Position };

/** The answer to a creation or an import; `body` is the application's info as JSON text. */
export type CreateAnswer =
  | Refusal
  | { readonly kind: 'created' | 'exists'; readonly body: string; readonly position: Position };

/** A body that is streamed. */
export type ExportAnswer =
  | Refusal
  | { readonly kind: 'stream'; readonly stream: ReadableStream; readonly position: Position };

/** A request for server-sent events [V]. */
export interface StreamMessage {
  /** Versions that the reader has, the best to resume from first. */
  readonly known: readonly Version[];
  readonly path?: string;
  /** The expiry of the reader's token, seconds since 1970; the stream ends by then. */
  readonly expires?: number;
  /** The reader's subject [F3]. */
  readonly user?: string;
  /** What is known of the reader's token, see `Pass`. */
  readonly pass?: string;
  /** Id of the request, for the log [G2]. */
  readonly request?: string;
}

export type StreamAnswer = ExportAnswer;

/** The answer of an action that has nothing to return. */
export type Done = Refusal | { readonly kind: 'done' };

/**
 * Who calls: the subject whose rate a call counts against [F4], what is known of its token, see `Pass` [A12], and the id of
 * the request, for the log [G2]. An older Worker does not send them; the deployment itself sends no pass.
 */
export type SenderArguments = readonly [user?: string, ...rest: Credentials];

/** What follows the user among the arguments of a call. */
export type Credentials = readonly [pass?: string | undefined, request?: string | undefined];

/** Which page of the log is asked for. An older application ignores the filter. */
export interface LogPageRequest {
  readonly after: number;
  readonly limit?: number;
  readonly filter?: LogFilter;
}

/**
 * The methods of an application in use. Plain values in and out, so that the types need not pass through RPC's mapping.
 */
export interface UseApi {
  push(message: PushMessage): Promise<PushAnswer>;
  read(message: ReadMessage): Promise<ReadAnswer>;
  /** Opens a stream of server-sent events [V]. */
  stream(message: StreamMessage): Promise<StreamAnswer>;
  ticket(client: string, n: number, ...sender: SenderArguments): Promise<TicketAnswer>;
  create(kind: string, user: string, ...rest: Credentials): Promise<CreateAnswer>;
  info(...sender: SenderArguments): Promise<TextAnswer>;
  /** Undefined when the application does not exist: the directory may still name one that was deleted. */
  summary(): Promise<NumberedSummary | undefined>;
  log(page: LogPageRequest, ...sender: SenderArguments): Promise<TextAnswer>;
  rejections(user?: string, pass?: string, filter?: RejectionFilter, request?: string): Promise<TextAnswer>;
  retry(seq: number, ...sender: SenderArguments): Promise<ReceiptAnswer>;
  discard(seq: number, ...sender: SenderArguments): Promise<Done>;
}

/** The methods of a directory: the list of one owner's applications [L4]. */
export interface DirectoryApi {
  /** News of an application: it has begun, or has another version. Idempotent; older news than known is ignored. */
  tell(summary: NumberedSummary): void;
  /** The end of an application's epoch. Idempotent. */
  end(app: string, epoch: string): void;
  /** Up to `limit` applications that come after `after`, in order. */
  entries(after: string, limit: number): ListedApplication[];
  /** As older deployments call it: an application reports its name. */
  add(app: string): void;
  /** As older deployments call it. */
  remove(app: string): void;
  /** The names that older deployments have added: up to `limit` after `after`, in order. */
  list(after: string, limit: number): string[];
}
