import type { Waiting } from '../../protocol/position.ts';
import type { ProblemBody } from '../../protocol/problems.ts';
import type { OwnPresence } from '../presence/peers.ts';
import type { PushRequest } from '../push/push-request.ts';
import type { PushResponse } from '../push/push-response.ts';

/** A transport on which the server sends each new version at once. It may be opened again after `close`. */
export interface LiveTransport {
  readonly name: 'sse' | 'socket';
  open(): void;
  /** To be called when somebody looks: after a silence it proves within 2 s that it lives, or fails. */
  check(): void;
  /** Calls no listener afterwards. */
  close(): void;
  /** Sends a push; never rejects. Undefined while pushes must go over HTTP. */
  readonly push?: ((request: PushRequest, controller: AbortController) => Promise<PushResponse>) | undefined;
  readonly setPresence?: (presence: OwnPresence) => void;
}

/** Called by a live transport. */
export interface LiveEvents {
  /** It follows the state. Called with each step, too. */
  readonly onOpen: () => void;
  /** The server has told of its queue: of an empty one where members are left out [W18] [V10]. */
  readonly onQueue: (waiting: Partial<Waiting>) => void;
  /** It has ended or is dead: it must be closed. */
  readonly onFailure: (problem: ProblemBody | undefined) => void;
}

/** A live transport must follow the state within so many ms. */
export const OPEN_TIMEOUT_MS = 10_000;
