import type { ProblemBody } from './problems.ts';

/** The confirmation that a change is durably in the queue; it says nothing about the outcome [Q1]. */
export interface Receipt {
  /** The client that pushed the change; `~` for a push without a client [Q8]. */
  readonly client: string;
  /** The client's counter for this change: 1, 2, 3 ... */
  readonly n: number;
  /** The position of the change in the application's total order: 1, 2, 3 ... */
  readonly seq: number;
  /** Present only in the answer to a repeated push: the change was accepted before [Q3]. */
  readonly repeated?: true;
}

/**
 * The outcome of an accepted change [O1]: still queued; applied, first contained in the state `version`; rejected by
 * its reducer or a check; or `dead`, given up after repeated attempts that killed the application.
 */
export type Outcome<Reason extends string = string> =
  | { readonly status: 'queued' }
  | { readonly status: 'applied'; readonly version: number }
  | { readonly status: 'rejected' | 'dead'; readonly problem: ProblemBody<Reason> };

/** A receipt with its outcome: the answer to `GET …/changes/{client}/{n}`. */
export type Ticket<Reason extends string = string> = Receipt & Outcome<Reason>;

/** The ticket of a change that was applied: `version` is the first state that contains it. */
export type AppliedTicket = Receipt & Extract<Outcome, { readonly status: 'applied' }>;

/** The cost of a push up to its answer. Of a row that several pushes share it contains the push's part [C2]. */
export interface Cost {
  readonly rowsRead: number;
  readonly rowsWritten: number;
  /** Bytes of the changes as they are stored. */
  readonly storedBytes: number;
  /** Milliseconds from the arrival at the application to the answer. */
  readonly awakeMs: number;
}
