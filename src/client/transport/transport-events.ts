import type { ProblemBody } from '../../protocol/problems.ts';
import type { SeenPosition } from '../platform/http-client.ts';
import type { Confirmed, Seen, Sighting } from '../state/state-update.ts';

/** Whom the readers of all transports tell. */
export interface Watcher {
  /** What is known, and where reading goes on from: so a transport can be changed at any moment [T1]. */
  readonly confirmed: () => Confirmed | undefined;
  readonly see: (sighting: Sighting) => Seen['kind'];
  readonly stands: (position: SeenPosition | undefined) => void;
  /** `undefined`: nobody answered. */
  readonly failed: (problem: ProblemBody | undefined) => void;
  readonly answered: () => void;
}
