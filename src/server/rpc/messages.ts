import type { Change, Precondition, Sender } from '../../protocol/change.ts';
import type { Position } from '../../protocol/position.ts';
import type { Problem, ProblemBody } from '../../protocol/problems.ts';
import type { Cost, Receipt, Ticket } from '../../protocol/receipt.ts';
import type { Version } from '../../protocol/version.ts';

// What crosses RPC between the Worker and an application. JSON values travel as text: structured clone overflows
// on deep trees and costs more. For some minutes after a deployment both sides may run different versions, so
// members are only ever added, and a reader must not mind a missing new one.

export interface PushMessage {
  readonly sender: Sender;
  /** At least one. */
  readonly changes: readonly Change[];
  readonly atomicity: 'each' | 'atomic';
  readonly match?: Precondition;
  /** Whether precondition, name and args are judged before queueing as well [Q13]. */
  readonly validate: 'when-applied' | 'on-accept';
  readonly user: string;
  /** How it came. */
  readonly via: 'request' | 'socket';
  /** What a push to an application that does not exist does [L2]. */
  readonly ifMissing: 'refuse' | 'create';
  /** Seconds to wait for the outcomes [Q11]. */
  readonly wait?: number;
  readonly returns: 'receipts' | 'state';
}

/** A no, with the reason; `position` where there is an application. */
export interface Refusal {
  readonly kind: 'refused';
  readonly problem: Problem;
  readonly position?: Position;
}

/** It is in the queue. */
export interface Accepted {
  readonly kind: 'accepted';
  readonly receipts: readonly Receipt[];
  readonly position: Position;
}

/** What became of it. */
export interface Settled {
  readonly kind: 'settled';
  readonly tickets: readonly Ticket[];
  readonly position: Position;
  /** The state's JSON text, when asked for. */
  readonly state?: string;
}

export type ReceiptAnswer = Refusal | (Accepted & { readonly cost: Cost });
export type PushAnswer = ReceiptAnswer | (Settled & { readonly cost: Cost });

export interface ReadMessage {
  /** Versions the reader has, from `If-None-Match`; '*' matches any. */
  readonly known: '*' | readonly Version[];
  readonly delta: 'json-patch' | 'none';
  readonly drain: 'first' | 'no';
  readonly minVersion?: number;
  readonly wait?: number;
  readonly at?: number;
  /** A JSON Pointer that parses. */
  readonly path?: string;
}

export type ReadAnswer =
  | Refusal
  | { readonly kind: 'unchanged'; readonly version: Version; readonly position: Position }
  | { readonly kind: 'state'; readonly version: Version; readonly position: Position; readonly body: string }
  | {
      readonly kind: 'patch';
      readonly base: Version;
      readonly version: Version;
      readonly position: Position;
      readonly body: string;
    };

export type TicketAnswer = Refusal | { readonly kind: 'ticket'; readonly ticket: Ticket; readonly position: Position };

/** Answers whose body is JSON text made by the application. */
export type TextAnswer = Refusal | { readonly kind: 'text'; readonly body: string; readonly position: Position };

export type CreateAnswer =
  | Refusal
  | { readonly kind: 'created' | 'exists'; readonly body: string; readonly position: Position };

export type ExportAnswer =
  | Refusal
  | { readonly kind: 'stream'; readonly stream: ReadableStream; readonly position: Position };

export interface StreamMessage {
  /** Versions the reader has, the best first. */
  readonly known: readonly Version[];
  readonly path?: string;
  /** When its token expires, seconds since 1970. */
  readonly expires?: number;
}

export type StreamAnswer = ExportAnswer;

export type Done = Refusal | { readonly kind: 'done' };

/** One line of an owner's list [L4]. */
export interface Summary {
  readonly app: string;
  readonly kind: string;
  readonly version: number;
  readonly epoch: string;
  /** When the last change was accepted, ms since 1970; null before the first. */
  readonly lastChangeAt: number | null;
}

/** One page of the log [L7]. */
export interface LogEntry {
  readonly seq: number;
  readonly client: string;
  readonly n: number;
  readonly user: string;
  readonly name: string;
  readonly args: unknown;
  readonly acceptedAt: number;
  readonly appliedAt: number;
  readonly outcome: 'applied' | 'rejected' | 'dead';
  readonly problem?: ProblemBody;
  /** The rejected change that this one tried again. */
  readonly retries?: number;
}

/** What an application can do. Plain values in and out, so that the types need not pass through RPC's mapping. */
export interface ApplicationApi {
  push(message: PushMessage): Promise<PushAnswer>;
  read(message: ReadMessage): Promise<ReadAnswer>;
  /** An open stream of server-sent events [V]. */
  stream(message: StreamMessage): Promise<StreamAnswer>;
  ticket(client: string, n: number): Promise<TicketAnswer>;
  create(kind: string, user: string): Promise<CreateAnswer>;
  info(): Promise<TextAnswer>;
  /** `undefined` when it does not exist: the directory may name one that has been deleted. */
  summary(): Promise<Summary | undefined>;
  log(page: { readonly after: number; readonly limit?: number }): Promise<TextAnswer>;
  rejections(): Promise<TextAnswer>;
  retry(seq: number): Promise<ReceiptAnswer>;
  discard(seq: number): Promise<Done>;
  exportBackup(): Promise<ExportAnswer>;
  importBackup(user: string, stream: ReadableStream): Promise<CreateAnswer>;
  destroy(): Promise<Done>;
}
