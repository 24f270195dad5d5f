/** What the platform bills, counted. */
export interface Usage {
  /** Requests to the Worker. */
  readonly workerRequests: number;
  /** Calls of objects, alarms that went off, and socket messages, twenty of which are one. */
  readonly objectRequests: number;
  readonly rowsRead: number;
  /** Alarms that were set included. */
  readonly rowsWritten: number;
  /** Time with a request under way or an event stream open; sockets sleep. */
  readonly awakeMs: number;
}

/** Cloudflare's list prices on the Workers Paid plan, beyond what the plan includes, in dollars. */
export const PRICES = {
  name: 'Cloudflare Workers Paid, list prices beyond what is included',
  date: '2026-11',
  millionWorkerRequests: 0.3,
  millionObjectRequests: 0.15,
  millionRowsRead: 0.001,
  millionRowsWritten: 1,
  millionGigabyteSeconds: 12.5,
  gigabyteMonthStored: 0.2,
} as const;

/** An object is billed as if it used all it may. */
const OBJECT_GIGABYTES = 0.128;
export const MESSAGES_PER_REQUEST = 20;

export const dollarsOf = ({ workerRequests, objectRequests, rowsRead, rowsWritten, awakeMs }: Usage): number =>
  (workerRequests * PRICES.millionWorkerRequests +
    objectRequests * PRICES.millionObjectRequests +
    rowsRead * PRICES.millionRowsRead +
    rowsWritten * PRICES.millionRowsWritten +
    (awakeMs / 1_000) * OBJECT_GIGABYTES * PRICES.millionGigabyteSeconds) /
  1e6;

/** For a month. */
export const dollarsOfStorage = (bytes: number): number => (bytes / 1e9) * PRICES.gigabyteMonthStored;
