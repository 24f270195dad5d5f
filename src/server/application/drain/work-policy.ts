import type { Unit, WorkPolicy } from '../../../core/drain/reduce.ts';
import { jsonBytes } from '../../../core/json/json-bytes.ts';
import { GRANTED_WORK_BYTES, GRANTED_WORK_PER_BYTE, SUBJECT_WORK_BYTES_MAX } from '../../../protocol/limits.ts';
import type { UsageMeter } from '../cost/usage-meter.ts';
import type { LoadedState } from '../state/loaded-state.ts';

/** Bounds the work of each subject while changes of others wait in the queue [F2]. */
export const workPolicyOf = (
  { queueShares, workShares, head }: LoadedState,
  { rates }: Pick<UsageMeter, 'rates'>,
): WorkPolicy => ({
  limitOf: (unit) => {
    const [{ user, seq }] = unit;
    if (!queueShares.hasOthers(user)) return undefined;
    const left = workShares.left(user, seq);
    // All is left: no change may do more, and the args need not be measured.
    if (left === SUBJECT_WORK_BYTES_MAX) return undefined;
    return left === 'nothing' ? left : left + grantedTo(unit);
  },
  done: (unit, work) => {
    const [{ user, seq }] = unit;
    const extra = work <= unit.length * GRANTED_WORK_BYTES ? 0 : Math.max(0, work - grantedTo(unit));
    workShares.learn(user, extra / unit.length);
    rates.chargeWork(user, extra);
    if (queueShares.hasOthers(user)) workShares.spend(user, extra, { seq, head });
  },
});

/** Work that a unit may do whatever its subject did before. */
const grantedTo = (unit: Unit): number =>
  unit.reduce((sum, { args }) => sum + GRANTED_WORK_BYTES + GRANTED_WORK_PER_BYTE * jsonBytes(args), 0);
