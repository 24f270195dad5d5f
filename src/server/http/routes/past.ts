import { ProblemError } from '../../../core/json/problem-error.ts';
import { type ApplicationId, applicationName } from '../../../protocol/ids.ts';
import { CHANGE_BYTES_MAX, IMPORT_BYTES_MAX } from '../../../protocol/limits.ts';
import { JSON_PATCH_TYPE } from '../../../protocol/patch.ts';
import { problem } from '../../../protocol/problems.ts';
import { authorize, isOperator } from '../../access/authorize.ts';
import type { PastPoint } from '../../rpc/lifecycle-messages.ts';
import { callOnce } from '../object/call-application.ts';
import { asOperator } from '../operator/operator-route.ts';
import { recordForOwner } from '../operator/owners-log.ts';
import { readBody, streamBody } from '../request/body.ts';
import { type Ctx, requireRole, senderName, senderOf, unwrap } from '../request/context.ts';
import { readMediaType } from '../request/media-type.ts';
import { readForkBody, readRestoreBody } from '../request/past-point.ts';
import { readQuery, versionParameter } from '../request/query.ts';
import { problemResponse, respond } from '../response/response.ts';
import { answerCreate } from './applications.ts';
import { recoverApplication } from './recover.ts';

const NDJSON = 'application/x-ndjson';

/** `POST …/restore`: brings the state back, as a step of the log under a new epoch [L12]. */
export const restoreApplication = async (c: Ctx): Promise<Response> => {
  const application = requireRole(c, 'admin');
  const [user, [, ...sender]] = [senderName(c), senderOf(c, application)];
  const { mediaType } = unwrap(readMediaType(c.get('headers'), ['application/json', NDJSON] as const));
  if (mediaType === NDJSON) {
    const { stream } = unwrap(streamBody(c.req.raw, IMPORT_BYTES_MAX, [NDJSON] as const));
    return answerCreate(await callOnce(c.env, application, (stub) => stub.restoreBackup(user, stream, ...sender)));
  }
  const { text } = unwrap(await readBody(c.req.raw, CHANGE_BYTES_MAX, ['application/json'] as const));
  const body = unwrap(readRestoreBody(text));
  if (body.kind === 'recover') return recoverApplication(c, application, body.point);
  const { point } = body;
  return answerCreate(await callOnce(c.env, application, (stub) => stub.restore(point, user, ...sender)));
};

/** `POST …/fork`: makes another application of the state [L13]. */
export const forkApplication = async (c: Ctx): Promise<Response> => {
  const application = requireRole(c, 'reader');
  const { text } = unwrap(await readBody(c.req.raw, CHANGE_BYTES_MAX, ['application/json'] as const));
  const { to, point } = unwrap(readForkBody(text));
  const concerned = { owner: to.owner, target: applicationName(to) };
  const make = (): Promise<Response> => recordForOwner(c, 'fork', concerned, () => fork(c, application, to, point));
  const principal = c.get('principal');
  const granted = c.get('usesOperatorRight') === true ? 'granted' : authorize(principal, to, 'admin');
  if (granted === 'granted') return make();
  if (!isOperator(principal)) throw new ProblemError(granted);
  // Its own role reaches the source alone [A10].
  return asOperator(c, { form: 'act', what: 'fork' }, make);
};

const fork = async (
  c: Ctx,
  from: ApplicationId,
  to: ApplicationId,
  point: PastPoint | undefined,
): Promise<Response> => {
  const [user, [, ...sender], [, ...admin]] = [senderName(c), senderOf(c, from), senderOf(c, to)];
  const content = await callOnce(c.env, from, (stub) => stub.openFork(point, user, ...sender));
  if (content.kind === 'refused') return problemResponse(content.problem, { position: content.position });
  const created = await callOnce(c.env, to, (stub) => stub.createFork(user, content.stream, ...admin));
  const response = answerCreate(created);
  if (created.kind !== 'refused') response.headers.set('Location', `/v1/apps/${applicationName(to)}`);
  return response;
};

/** The query of a diff; `from` is needed. */
export const DIFF_QUERY = { from: versionParameter, to: versionParameter };

/** `GET …/diff?from=v&to=w`: the JSON Patch from one version to another [L14]. */
export const diffVersions = async (c: Ctx): Promise<Response> => {
  const application = requireRole(c, 'reader');
  const { from, to } = unwrap(readQuery(c.get('search'), DIFF_QUERY)).values;
  if (from === undefined) throw new ProblemError(problem('invalid-query', 'The parameter from is needed: a version.'));
  const [start, end] = [versionPoint(from), to === undefined ? undefined : versionPoint(to)];
  const [user = '', ...sender] = senderOf(c, application);
  const answer = await callOnce(c.env, application, (stub) => stub.diff(start, end, user, ...sender));
  if (answer.kind === 'refused') return problemResponse(answer.problem, { position: answer.position });
  return respond({
    ...{ status: 200, body: answer.patch, position: answer.position },
    headers: { 'Content-Type': JSON_PATCH_TYPE },
  });
};

const versionPoint = (version: number) => ({ kind: 'version', version }) as const;
