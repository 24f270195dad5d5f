import type { CommitGroup } from './commit/commit-group.ts';
import type { Effects } from './commit/perform-effects.ts';
import { canApplyNow, planGroup } from './drain/plan-slice.ts';

/** How the changes of one turn are handled. Decided once per turn. */
export type AcceptMode =
  /** Accepted and applied in one transaction [D11]. */
  | 'apply-now'
  /** Queued; a drain starts at once. */
  | 'queue-then-drain'
  /** Queued; the alarm drains. */
  | 'queue';

/**
 * @param isUrgent somebody waits, watches or polls: changes are applied as soon as possible
 * @param isTrusted this instance may apply changes before they are durable [D12]
 */
export const acceptMode = (
  group: CommitGroup,
  { isUrgent, isTrusted }: { readonly isUrgent: boolean; readonly isTrusted: boolean },
): AcceptMode => {
  if (!isUrgent) return 'queue';
  return isTrusted && canApplyNow(group) ? 'apply-now' : 'queue-then-drain';
};

/** @param retried seq of the rejected change that is tried again */
export const acceptEffects = (group: CommitGroup, mode: AcceptMode, retried: number | undefined): Effects => {
  const { loaded } = group;
  if (mode === 'apply-now' && loaded.definition !== undefined)
    return { loaded, commit: { kind: 'apply', group, planned: planGroup(group, loaded.definition) } };
  return { loaded, commit: { kind: 'queue', group, retried } };
};
