import { MESSAGES_PER_REQUEST, type Usage } from '../../core/prices.ts';

/** The billed usage of one operation, without the time that it keeps the application awake. */
export type Operation = Omit<Usage, 'awakeMs'>;

/** Over HTTP: the request to the Worker, and its call of the application. */
const HTTP = { workerRequests: 1, objectRequests: 1 } as const;
/** A frame on an open socket. */
const FRAME = { workerRequests: 0, objectRequests: 1 / MESSAGES_PER_REQUEST } as const;

/** Counted on workerd. A test counts them again and compares them exactly [C4]. */
export const OPERATIONS = {
  /** One change without waiting or polling clients: its row, the setting and the run of the alarm, and the row that the drain writes. */
  pushAlone: { workerRequests: 1, objectRequests: 2, rowsRead: 7, rowsWritten: 3 },
  /** One change while a client waits, polls or is subscribed [D11]. */
  pushWatched: { ...HTTP, rowsRead: 2, rowsWritten: 1 },
  batchOf100Watched: { ...HTTP, rowsRead: 2, rowsWritten: 1 },
  pushBySocket: { ...FRAME, rowsRead: 2, rowsWritten: 1 },
  /** A poll or a long-poll, with or without a new version. */
  poll: { ...HTTP, rowsRead: 1, rowsWritten: 0 },
  /** The handshake and the frame that subscribes. */
  openSocket: { workerRequests: 1, objectRequests: 1 + FRAME.objectRequests, rowsRead: 1, rowsWritten: 0 },
  openStream: { ...HTTP, rowsRead: 1, rowsWritten: 0 },
} as const satisfies Record<string, Operation>;
