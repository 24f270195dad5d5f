import type { DeletedApplication } from '../../protocol/answers.ts';

/** A deleted application that is kept for some time, as its object tells its owner's directory. */
export type RetainedEntry = Omit<DeletedApplication, 'app'>;

/** All deleted applications of one name that are kept. */
export interface RetainedReport {
  /** Higher with every change; older news than known is ignored. */
  readonly revision: number;
  readonly entries: readonly RetainedEntry[];
}

/** The part of a directory that lists the owner's deleted applications, and bounds them [L18]. */
export interface RetainedApi {
  /** News of the deleted applications of a name. Idempotent. */
  retain(app: string, report: RetainedReport): void;
  /** The deleted applications that can be undeleted, in the order of their names and epochs. */
  retained(): DeletedApplication[];
}
