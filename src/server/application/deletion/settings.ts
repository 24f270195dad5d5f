import { DELETED_DAYS_DEFAULT, DELETED_DAYS_MAX } from '../../../protocol/deletion-limits.ts';
import { type Problem, problem } from '../../../protocol/problems.ts';

/** The variable of a deployment that says how long a deleted application is kept [L16]. */
export interface DeletionEnvironment {
  /** Days, from 0 to 30; 0: a deleted application is gone at once. Default 7. */
  readonly DELETED_DAYS?: string;
}

const DAY_MS = 86_400_000;

/** How long a deleted application is kept, ms; or what is wrong with the setting. */
export const retainedMs = ({ DELETED_DAYS }: DeletionEnvironment): number | Problem => {
  if (DELETED_DAYS === undefined) return DELETED_DAYS_DEFAULT * DAY_MS;
  const days = /^\d{1,2}$/.test(DELETED_DAYS) ? Number(DELETED_DAYS) : Number.NaN;
  if (days <= DELETED_DAYS_MAX) return days * DAY_MS;
  return problem('not-configured', `DELETED_DAYS is a whole number from 0 to ${DELETED_DAYS_MAX}.`);
};
