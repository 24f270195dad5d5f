import type { ProblemBody } from './problems.ts';

/** "It is in the queue, durably": nothing more [Q1]. */
export interface Receipt {
  readonly client: string;
  readonly n: number;
  readonly seq: number;
  /** Only on the answer to a repeated push [Q3]. */
  readonly repeated?: true;
}

/** What became of an accepted change [O1]. */
export type Outcome =
  | { readonly status: 'queued' }
  | { readonly status: 'applied'; readonly version: number }
  | { readonly status: 'rejected' | 'dead'; readonly problem: ProblemBody };

/** The answer to `GET …/changes/{client}/{n}`. */
export type Ticket = Receipt & Outcome;

/** What a push had cost when it was answered; of a row that several share, its part [C2]. */
export interface Cost {
  readonly rowsRead: number;
  readonly rowsWritten: number;
  /** Bytes of the changes as they are kept. */
  readonly storedBytes: number;
  /** From its arrival at the application to its answer. */
  readonly awakeMs: number;
}
