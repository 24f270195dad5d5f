import type { Definition } from '../../../core/definition.ts';
import { POLLER_ABSENT_MS, PROBATION_MS } from '../../../protocol/limits.ts';
import type { CommitGroup } from '../commit/commit-group.ts';
import type { PlannedSlice } from '../commit/commit-slice.ts';
import type { Effects } from '../commit/perform-effects.ts';
import { factsOfState, inSpan } from '../commit/span.ts';
import { canApplyNow, planGroup } from './plan-slice.ts';

/** Handling of the changes of one turn. Decided once per turn. */
export type AcceptMode =
  /** Accepted and applied in one transaction [D11]. */
  | 'apply-now'
  /** Queued; a drain starts at once. */
  | 'queue-then-drain'
  /** Queued; the alarm drains. */
  | 'queue';

/** Chooses the accept mode of each turn, from polls and failures before it [D11] [D12]. */
export class AcceptModePolicy {
  /** From this time on changes may be applied in the turn that accepts them, ms since 1970. */
  #trustedFrom: number;
  /** Time of the last poll, ms since 1970. */
  #polledAt = 0;

  /** @param hasSurvived whether this instance began with hibernated sockets: the previous one then did not crash */
  constructor(hasSurvived: boolean) {
    this.#trustedFrom = hasSurvived ? 0 : Date.now() + PROBATION_MS;
  }

  /** Call when the state was polled. */
  polled(): void {
    this.#polledAt = Date.now();
  }

  /** Call when a turn has failed: for some time changes are made durable before they are applied. */
  failed(): void {
    this.#trustedFrom = Date.now() + PROBATION_MS;
  }

  /** @param isAwaited a reader watches, or a push waits for its outcome */
  choose(group: CommitGroup, isAwaited: boolean): AcceptMode {
    const now = Date.now();
    const isUrgent = isAwaited || now - this.#polledAt < POLLER_ABSENT_MS;
    if (!isUrgent) return 'queue';
    return now >= this.#trustedFrom && canApplyNow(group) ? 'apply-now' : 'queue-then-drain';
  }
}

/**
 * The effects of an accepted group.
 *
 * @param retried seq of the rejected change that is retried [O4]
 */
export const acceptEffects = (group: CommitGroup, mode: AcceptMode, retried: number | undefined): Effects => {
  const { loaded } = group;
  if (mode === 'apply-now' && loaded.definition !== undefined)
    return { loaded, commit: { kind: 'apply', group, planned: planInTurn(group, loaded.definition) } };
  return { loaded, commit: { kind: 'queue', group, retried } };
};

const planInTurn = (group: CommitGroup, definition: Definition): PlannedSlice =>
  inSpan(
    'drain',
    () => factsOfState(group.loaded),
    () => planGroup(group, definition),
  );
