import { MESSAGES_PER_REQUEST, type Usage } from '../../core/prices.ts';

/** What one operation is billed as, but for the time it keeps the application awake. */
export type Operation = Omit<Usage, 'awakeMs'>;

/** By HTTP: the request to the Worker and its call of the application. */
const HTTP = { workerRequests: 1, objectRequests: 1 } as const;
/** By a frame on an open socket. */
const FRAME = { workerRequests: 0, objectRequests: 1 / MESSAGES_PER_REQUEST } as const;

/** Counted on workerd; a test counts them again and holds each of them to be exact [C4]. */
export const OPERATIONS = {
  /** One change while nobody waits, watches or polls: the row, the alarm that is set, goes off, and drains into another row. */
  pushAlone: { workerRequests: 1, objectRequests: 2, rowsRead: 7, rowsWritten: 3 },
  /** One change while somebody does [D11]. */
  pushWatched: { ...HTTP, rowsRead: 2, rowsWritten: 1 },
  batchOf100Watched: { ...HTTP, rowsRead: 2, rowsWritten: 1 },
  pushBySocket: { ...FRAME, rowsRead: 2, rowsWritten: 1 },
  /** A poll or the end of a long-poll, with news or without. */
  poll: { ...HTTP, rowsRead: 1, rowsWritten: 0 },
  /** The handshake, and the frame that subscribes. */
  openSocket: { workerRequests: 1, objectRequests: 1 + FRAME.objectRequests, rowsRead: 1, rowsWritten: 0 },
  openStream: { ...HTTP, rowsRead: 1, rowsWritten: 0 },
} as const satisfies Record<string, Operation>;
