import type { ProblemBody } from '../../protocol/problems.ts';
import type { Present } from '../presence/peers.ts';
import type { Flight } from '../push/push-request.ts';
import type { Answered } from '../push/push-result.ts';

/** A transport on which the server speaks first. Opened and shut any number of times; never both at once. */
export interface Live {
  readonly transport: 'sse' | 'socket';
  open(): void;
  /** Nothing is heard of it afterwards. */
  shut(): void;
  /** While pushes can travel on it, too. Never rejects. */
  readonly push?: ((flight: Flight, controller: AbortController) => Promise<Answered>) | undefined;
  readonly present?: (present: Present) => void;
}

/** Whom a live transport tells how it does. */
export interface LiveEvents {
  /** It follows the state from now on. */
  readonly opened: () => void;
  /** It is of no use any more. */
  readonly failed: (problem: ProblemBody | undefined) => void;
}

/** How long a transport may take until it follows the state. */
export const OPEN_TIMEOUT_MS = 10_000;
