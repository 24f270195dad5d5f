import { BACKUPS_PURGE_MS_MAX } from '../../../protocol/backup-limits.ts';
import { type ApplicationId, applicationName } from '../../../protocol/ids.ts';
import type { Problem } from '../../../protocol/problems.ts';
import { BACKUPS_NAME } from '../../rpc/backups.ts';
import { callApplication, callOnce } from '../object/call-application.ts';
import { callDirectory } from '../object/call-directory.ts';
import { type Ctx, requireRole, senderName, senderOf, unwrap } from '../request/context.ts';
import { type Parameter, readQuery } from '../request/query.ts';
import { problemResponse, respond } from '../response/response.ts';
import { answerCreate } from './applications.ts';

/** `DELETE /v1/apps/{owner}/{app}` [L3]. */
export const deleteApplication = async (c: Ctx): Promise<Response> => {
  const application = requireRole(c, 'admin');
  const done = await callApplication(c.env, application, (stub) => stub.destroy(...senderOf(c, application)));
  if (done.kind === 'refused') return problemResponse(done.problem, { position: done.position });
  return respond({ status: 204 });
};

/** `?epoch=…`, as the list of deleted applications tells it. */
const epochParameter: Parameter<string> = {
  expects: 'the epoch of a deleted application',
  schema: { type: 'string', pattern: '^[0-9a-z]{1,32}$' },
  read: (text) => (/^[0-9a-z]{1,32}$/.test(text) ? text : undefined),
};

/** The query of an undelete: which one, where several of the name were deleted. */
export const UNDELETE_QUERY = { epoch: epochParameter };

/** `POST …/undelete`: brings a deleted application back [L16]. */
export const undeleteApplication = async (c: Ctx): Promise<Response> => {
  const application = requireRole(c, 'admin');
  const { epoch } = unwrap(readQuery(c.get('search'), UNDELETE_QUERY)).values;
  const [user, [, ...sender]] = [senderName(c), senderOf(c, application)];
  return answerCreate(await callOnce(c.env, application, (stub) => stub.undelete(epoch, user, ...sender)));
};

/** `POST …/purge`: deletes everything of a name for good, then its backups [L17]. */
export const purgeApplication = async (c: Ctx): Promise<Response> => {
  const application = requireRole(c, 'admin');
  const done = await callApplication(c.env, application, (stub) => stub.purge(...senderOf(c, application)));
  if (done.kind === 'refused') return problemResponse(done.problem, { position: done.position });
  const refusal = await purgeBackups(c, application);
  return refusal === undefined ? respond({ status: 204 }) : problemResponse(refusal);
};

/** @throws ProblemError `unavailable` when not all backups could be removed: they count no more, and the same request goes on */
const purgeBackups = (c: Ctx, application: ApplicationId): Promise<Problem | undefined> =>
  callDirectory(c, BACKUPS_NAME, (job) => job.purgeBackups(applicationName(application)), {
    ms: BACKUPS_PURGE_MS_MAX,
    detail: 'The application is deleted for good, and its backups are not all removed yet. Send it again.',
  });
