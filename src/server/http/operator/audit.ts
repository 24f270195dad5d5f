import { ProblemError } from '../../../core/json/problem-error.ts';
import type { AuditEntry, AuditedActor, AuditedRead } from '../../../protocol/operator-answers.ts';
import { problem } from '../../../protocol/problems.ts';
import type { Principal } from '../../access/principal.ts';
import { describeError, log } from '../../logging/log.ts';
import { AUDIT_LOG_NAME, type AuditApi } from '../../rpc/audit.ts';
import type { Ctx } from '../request/context.ts';

/** What is written down besides who did it. */
type Deed<What> = Omit<AuditEntry<What>, 'actor'>;

/** Writes an act of the request's sender down, before it is done. @throws ProblemError `unavailable`: then it is not done */
export const beginAct = (c: Ctx, deed: Deed<AuditEntry['what']>, name?: string): Promise<number> =>
  callAudit(c, (audit) => audit.beginAct({ actor: actorOf(c.get('principal')), ...deed }), name);

/** Adds the HTTP status with which an act was answered. @throws ProblemError `unavailable` */
export const endAct = (c: Ctx, id: number, status: number, name?: string): Promise<void> =>
  callAudit(c, (audit) => audit.endAct(id, status), name);

/** Counts a read of the request's sender. @throws ProblemError `unavailable` */
export const countRead = (c: Ctx, deed: Deed<AuditedRead>, status: number): Promise<void> =>
  callAudit(c, (audit) => audit.countRead({ actor: actorOf(c.get('principal')), ...deed }, status));

/**
 * Calls an audit log. An answer waits for it, as a use that nobody can look up afterwards must not happen.
 *
 * @param name of the directory object: that of operators, or an owner's, which has what its admins did
 */
export const callAudit = async <T>(
  c: Ctx,
  call: (audit: RemoteAudit) => Promise<T> | T,
  name = AUDIT_LOG_NAME,
): Promise<T> => {
  try {
    return await call(c.env.DIRECTORY.getByName(name) as unknown as RemoteAudit);
  } catch (error) {
    log('error', 'the audit log did not answer', describeError(error));
    throw new ProblemError(problem('unavailable', 'The audit log cannot be written now.', { retryAfter: 1 }));
  }
};

/** The methods of the log as they are called from afar. */
type RemoteAudit = {
  readonly [Method in keyof AuditApi]: (...args: Parameters<AuditApi[Method]>) => Promise<ReturnType<AuditApi[Method]>>;
};

const actorOf = (principal: Principal): AuditedActor =>
  principal.kind === 'operator' ? { secret: principal.secret } : { subject: principal.subject };
