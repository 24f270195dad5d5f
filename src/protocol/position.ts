/** The changes of an application that were accepted and not applied yet. */
export interface Waiting {
  /** The number of changes that are queued. */
  readonly queue: number;
  /** Milliseconds since the oldest of them was accepted; 0 when none is queued. */
  readonly lag: number;
}

/** The position of an application in its queue. Every answer about the application carries it, in one header. */
export interface Position extends Waiting {
  readonly epoch: string;
  /** The seq of the last change in the state. */
  readonly version: number;
  /** The seq of the last accepted change. */
  readonly head: number;
  /** The version of the definition that the deployment runs [T2]; only where the state is read. */
  readonly definition?: number | undefined;
}

/** A dictionary of structured fields (RFC 9651). One header: five would cost more than the rest of an answer. */
export const POSITION_HEADER = 'Changebucket-Position';

/** Later versions append new members at the end. */
export const printPosition = ({ epoch, version, head, queue, lag, definition }: Position): string =>
  `epoch="${epoch}", version=${version}, head=${head}, queue=${queue}, lag=${lag}${definition === undefined ? '' : `, definition=${definition}`}`;
