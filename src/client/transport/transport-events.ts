import type { Position } from '../../protocol/position.ts';
import type { ProblemBody } from '../../protocol/problems.ts';
import type { Version } from '../../protocol/version.ts';
import type { Confirmed, StateUpdate, UpdateResult } from '../state/state-update.ts';

/** Called by every transport. */
export interface TransportListener {
  /** The state that reading goes on from: so the transport can be changed at any moment [T1]. */
  readonly confirmed: () => Confirmed | undefined;
  /** A state or a patch has come. @returns its effect: after a `gap` the whole state must be read */
  readonly onUpdate: (update: StateUpdate) => UpdateResult['kind'];
  /** The version that a request has named is still the current one. */
  readonly onUnchanged: (version: Version | undefined) => void;
  readonly onPosition: (position: Position | undefined) => void;
  /** A socket has told the version of the definition that the deployment runs [T2]. */
  readonly onDefinition?: (version: number) => void;
  /** A request failed. `undefined`: no answer came. */
  readonly onProblem: (problem: ProblemBody | undefined) => void;
  /** Something has come from the server. */
  readonly onReachable: () => void;
}
