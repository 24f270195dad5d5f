import { ProblemError } from '../../../core/json/problem-error.ts';
import type { AuditEntry, AuditedActor, AuditedRead } from '../../../protocol/operator-answers.ts';
import { PROBLEMS } from '../../../protocol/problems.ts';
import type { Principal } from '../../access/principal.ts';
import { AUDIT_LOG_NAME, type AuditApi } from '../../rpc/audit.ts';
import { REQUEST_HEADER } from '../../rpc/request-header.ts';
import { callDirectory } from '../object/call-directory.ts';
import type { Ctx, Handler } from '../request/context.ts';
import { requestIdOf } from '../request/request-id.ts';

/** What is written down besides who did it, and by which request. */
type Deed<What> = Omit<AuditEntry<What>, 'actor' | 'request'>;

/**
 * Does an act of the request's sender. It is written down before it is done, as a sender that hangs up ends the request at
 * any point; its status is added before the answer leaves.
 *
 * @param name of the directory object: that of operators, or an owner's, which has what anybody did with its applications
 * @throws ProblemError `unavailable`, when it cannot be written down: then it is not done
 */
export const recordAct = async (
  c: Ctx,
  deed: Deed<AuditEntry['what']>,
  handler: Handler,
  name = AUDIT_LOG_NAME,
): Promise<Response> => {
  const entry = { ...entryOf(c, deed), ...(name === AUDIT_LOG_NAME ? {} : { actor: ownersActorOf(c) }) };
  const id = await callAudit(c, (audit) => audit.beginAct(entry), name);
  const note = (status: number): Promise<void> => callAudit(c, (audit) => audit.endAct(id, status), name);
  // A sender that has a role is answered all the same: what was done may have an answer that is told once.
  return answered(c, handler, name === AUDIT_LOG_NAME ? note : (status) => note(status).catch(() => undefined));
};

/** Answers a read of the request's sender, and counts it before the answer leaves. @throws ProblemError `unavailable` */
export const recordRead = (c: Ctx, deed: Deed<AuditedRead>, handler: Handler): Promise<Response> =>
  answered(c, handler, (status) => callAudit(c, (audit) => audit.countRead(entryOf(c, deed), status)));

const entryOf = <What>(c: Ctx, deed: Deed<What>): AuditEntry<What> => ({
  ...{ actor: actorOf(c.get('principal')), ...deed, request: requestIdOf(c) },
});

/** The answer, with the id by which the log names the request. */
const answered = async (c: Ctx, handler: Handler, note: (status: number) => Promise<void>): Promise<Response> => {
  const response = await handledOr(c, handler, (error) =>
    note(error instanceof ProblemError ? PROBLEMS[error.problem.name][0] : 500),
  );
  await note(response.status);
  response.headers.set(REQUEST_HEADER, requestIdOf(c));
  return response;
};

const handledOr = async (c: Ctx, handler: Handler, onError: (error: unknown) => Promise<void>): Promise<Response> => {
  try {
    return await handler(c);
  } catch (error) {
    await onError(error);
    throw error;
  }
};

/**
 * Calls an audit log. An answer waits for it, as a use that nobody can look up afterwards must not happen.
 *
 * @param name of the directory object: that of operators, or an owner's, which has what anybody did with its applications
 */
export const callAudit = <T>(c: Ctx, call: (audit: RemoteAudit) => Promise<T>, name = AUDIT_LOG_NAME): Promise<T> =>
  callDirectory(c, name, (directory) => call(directory as unknown as RemoteAudit), { detail: UNWRITTEN });

const UNWRITTEN = 'The audit log cannot be written now.';

/** The methods of the log as they are called from afar. */
type RemoteAudit = {
  readonly [Method in keyof AuditApi]: (...args: Parameters<AuditApi[Method]>) => Promise<ReturnType<AuditApi[Method]>>;
};

/** Who it is for an owner, who need not know the people that operate the deployment. */
const ownersActorOf = (c: Ctx): AuditedActor =>
  c.get('usesOperatorRight') === true ? { operator: true } : actorOf(c.get('principal'));

const actorOf = (principal: Principal): AuditedActor =>
  principal.kind === 'operator' ? { secret: principal.secret } : { subject: principal.subject };
