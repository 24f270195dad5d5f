import { LOG_PAGE_MAX } from '../../../protocol/limits.ts';
import type { TextAnswer } from '../../rpc/messages.ts';
import { callApplication, callOnce } from '../object/call-application.ts';
import { type Ctx, counterParam, requireRole, subjectOf, unwrap } from '../request/context.ts';
import { integerParameter, readQuery, versionParameter } from '../request/query.ts';
import { costHeader } from '../response/cost-header.ts';
import { json, problemResponse, respond } from '../response/response.ts';

/** `GET …/log` [L7]. */
export const getLog = async (c: Ctx): Promise<Response> => {
  const application = requireRole(c, 'reader');
  const allowed = { after: versionParameter, limit: integerParameter(1, LOG_PAGE_MAX) };
  const { after = 0, limit } = unwrap(readQuery(c.get('search'), allowed)).values;
  const page = { after, ...(limit === undefined ? {} : { limit }) };
  return answerText(await callApplication(c, application, (stub) => stub.log(page, subjectOf(c))));
};

/** `GET …/rejections` [O3]. */
export const getRejections = async (c: Ctx): Promise<Response> => {
  const application = requireRole(c, 'admin');
  return answerText(await callApplication(c, application, (stub) => stub.rejections(subjectOf(c))));
};

/** `POST …/rejections/{seq}/retry`: queues a rejected change again [O4]. */
export const retryRejection = async (c: Ctx): Promise<Response> => {
  const application = requireRole(c, 'admin');
  const seq = counterParam(c, 'seq');
  const retried = await callOnce(c, application, (stub) => stub.retry(seq, subjectOf(c)));
  if (retried.kind === 'refused') return problemResponse(retried.problem, { position: retried.position });
  const { receipts, position, cost } = retried;
  return json(202, JSON.stringify(receipts[0]), { position, headers: costHeader(cost) });
};

/** `DELETE …/rejections/{seq}` [O4]. */
export const discardRejection = async (c: Ctx): Promise<Response> => {
  const application = requireRole(c, 'admin');
  const seq = counterParam(c, 'seq');
  const done = await callOnce(c, application, (stub) => stub.discard(seq, subjectOf(c)));
  return done.kind === 'refused'
    ? problemResponse(done.problem, { position: done.position })
    : respond({ status: 204 });
};

const answerText = (answer: TextAnswer): Response =>
  answer.kind === 'refused'
    ? problemResponse(answer.problem, { position: answer.position })
    : json(200, answer.body, { position: answer.position });
