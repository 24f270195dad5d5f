import type { ProblemBody } from '../../protocol/problems.ts';
import type { SeenPosition } from '../platform/http-client.ts';
import type { Confirmed, StateUpdate, UpdateResult } from '../state/state-update.ts';

/** Whom the readers of all transports tell. */
export interface TransportListener {
  /** What is known, and where reading goes on from: so a transport can be changed at any moment [T1]. */
  readonly confirmed: () => Confirmed | undefined;
  readonly onUpdate: (update: StateUpdate) => UpdateResult['kind'];
  readonly onPosition: (position: SeenPosition | undefined) => void;
  /** `undefined`: nobody answered. */
  readonly onProblem: (problem: ProblemBody | undefined) => void;
  readonly onReachable: () => void;
}
