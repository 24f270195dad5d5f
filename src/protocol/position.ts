/** Where the application stands; every answer about it says so, in one header. */
export interface Position {
  readonly epoch: string;
  readonly version: number;
  /** The last accepted seq. */
  readonly head: number;
  /** Changes that wait. */
  readonly queue: number;
  /** Milliseconds the oldest of them has waited. */
  readonly lag: number;
}

/** Holds a dictionary of structured fields (RFC 9651). One header: five would cost more than all else in an answer. */
export const POSITION_HEADER = 'Changebucket-Position';

/** Members that a later version adds come at the end. */
export const printPosition = ({ epoch, version, head, queue, lag }: Position): string =>
  `epoch="${epoch}", version=${version}, head=${head}, queue=${queue}, lag=${lag}`;
