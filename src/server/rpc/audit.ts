import type { AuditEntry, AuditedRead, AuditedUse, AuditPage, CountedReads } from '../../protocol/operator-answers.ts';

/** The part of a directory that keeps an audit log [A11]. */
export interface AuditApi {
  /** Writes an act down before it is done. @returns its id */
  beginAct(entry: AuditEntry): number;
  /** Adds the outcome of an act. */
  endAct(id: number, outcome: number): void;
  /** Counts a read. */
  countRead(entry: AuditEntry<AuditedRead>, outcome: number): void;
  acts(after: number, limit: number): AuditPage<AuditedUse>;
  reads(after: number, limit: number): AuditPage<CountedReads>;
}

/** The name of the one object of the class `Directory` with the audit log. No encoded owner has a colon [I4]. */
export const AUDIT_LOG_NAME = ':audit';
