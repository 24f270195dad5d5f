import type { ProblemBody } from '../../protocol/problems.ts';
import type { OwnPresence } from '../presence/peers.ts';
import type { PushRequest } from '../push/push-request.ts';
import type { PushResponse } from '../push/push-result.ts';

/** A transport on which the server speaks first. Opened and shut any number of times; never both at once. */
export interface LiveTransport {
  readonly name: 'sse' | 'socket';
  open(): void;
  /** Nothing is heard of it afterwards. */
  close(): void;
  /** While pushes can travel on it, too. Never rejects. */
  readonly push?: ((request: PushRequest, controller: AbortController) => Promise<PushResponse>) | undefined;
  readonly setPresence?: (presence: OwnPresence) => void;
}

/** Whom a live transport tells how it does. */
export interface LiveEvents {
  /** It follows the state from now on. */
  readonly onOpen: () => void;
  /** It is of no use any more. */
  readonly onFailure: (problem: ProblemBody | undefined) => void;
}

/** How long a transport may take until it follows the state. */
export const OPEN_TIMEOUT_MS = 10_000;
