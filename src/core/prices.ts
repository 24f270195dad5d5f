/** Counts of everything the platform bills, except storage. */
export interface Usage {
  /** Requests to the Worker. */
  readonly workerRequests: number;
  /** Calls of objects and alarms that fired, plus one for every `MESSAGES_PER_REQUEST` socket messages. */
  readonly objectRequests: number;
  readonly rowsRead: number;
  /** Includes one row for each alarm that was set. */
  readonly rowsWritten: number;
  /** Milliseconds with a request under way or an event stream open; hibernated sockets are not billed. */
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
  /** Events of Workers Logs: each line, and each invocation while `invocation_logs` is on. */
  millionLogEvents: 0.6,
} as const;

/** An object is billed for all the memory it may use, whatever it uses. */
const OBJECT_GIGABYTES = 0.128;

/** Incoming socket messages that are billed as one request. */
export const MESSAGES_PER_REQUEST = 20;

/** The price of usage, in dollars. */
export const dollarsOf = ({ workerRequests, objectRequests, rowsRead, rowsWritten, awakeMs }: Usage): number =>
  (workerRequests * PRICES.millionWorkerRequests +
    objectRequests * PRICES.millionObjectRequests +
    rowsRead * PRICES.millionRowsRead +
    rowsWritten * PRICES.millionRowsWritten +
    (awakeMs / 1_000) * OBJECT_GIGABYTES * PRICES.millionGigabyteSeconds) /
  1e6;

/**
 * The price of logging every invocation, in dollars: one event of the Worker and one of the object. At least, as each
 * socket message is one, too.
 */
export const dollarsOfInvocationLogs = ({ workerRequests, objectRequests }: Usage): number =>
  ((workerRequests + objectRequests) * PRICES.millionLogEvents) / 1e6;

/** The price of storing bytes for a month, in dollars. */
export const dollarsOfStorage = (bytes: number): number => (bytes / 1e9) * PRICES.gigabyteMonthStored;
