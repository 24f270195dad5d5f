import { dollarsOf } from '../../../core/prices.ts';
import type { Cost } from '../../../protocol/receipt.ts';

/** The request to the Worker, and its call of the application. */
const REQUESTS = { workerRequests: 1, objectRequests: 1 } as const;

/**
 * The header with the cost of a push so far, a dictionary of structured fields (RFC 9651) [C2]. Their decimals have
 * three places, so money is in millionths of a dollar.
 */
export const costHeader = ({ rowsRead, rowsWritten, storedBytes, awakeMs }: Cost): Record<string, string> => {
  const requests = REQUESTS.workerRequests + REQUESTS.objectRequests;
  const rows = `rows-read=${decimal(rowsRead)}, rows-written=${decimal(rowsWritten)}`;
  const microdollars = decimal(dollarsOf({ ...REQUESTS, rowsRead, rowsWritten, awakeMs }) * 1e6);
  return {
    'Changebucket-Cost': `requests=${requests}, ${rows}, stored-bytes=${storedBytes}, awake-ms=${awakeMs}, microdollars=${microdollars}`,
  };
};

/**
 * The header that tells how long an answer took [G3].
 *
 * @param timing the stages inside the application; undefined where an older one answers
 * @param call ms of its call, as the Worker sees it: with the way there and back, and until what it wrote was durable
 */
export const timingHeader = (timing: string | undefined, call: number): Record<string, string> => ({
  'Server-Timing': [`call;dur=${Math.max(0, call)}`, ...(timing === undefined ? [] : [timing])].join(', '),
});

const decimal = (value: number): string => String(Math.round(value * 1_000) / 1_000);
