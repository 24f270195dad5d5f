import { ANONYMOUS_CLIENT, type ApplicationId, applicationName } from '../../../protocol/ids.ts';
import { LOG_PAGE_MAX } from '../../../protocol/limits.ts';
import type { Receipt } from '../../../protocol/receipt.ts';
import type { TextAnswer } from '../../rpc/messages.ts';
import { callApplication, callOnce } from '../object/call-application.ts';
import { type Ctx, counterParam, requireRole, senderOf, unwrap } from '../request/context.ts';
import { integerParameter, readQuery, versionParameter } from '../request/query.ts';
import { costHeader } from '../response/cost-header.ts';
import { json, problemResponse, respond } from '../response/response.ts';

/** The query of a page of the log. */
export const LOG_QUERY = { after: versionParameter, limit: integerParameter(1, LOG_PAGE_MAX) };

/** `GET …/log` [L7]. */
export const getLog = async (c: Ctx): Promise<Response> => {
  const application = requireRole(c, 'reader');
  const { after = 0, limit } = unwrap(readQuery(c.get('search'), LOG_QUERY)).values;
  const page = { after, ...(limit === undefined ? {} : { limit }) };
  return answerText(await callApplication(c.env, application, (stub) => stub.log(page, ...senderOf(c, application))));
};

/** `GET …/rejections` [O3]. */
export const getRejections = async (c: Ctx): Promise<Response> => {
  const application = requireRole(c, 'admin');
  return answerText(await callApplication(c.env, application, (stub) => stub.rejections(...senderOf(c, application))));
};

/** `POST …/rejections/{seq}/retry`: queues a rejected change again [O4]. */
export const retryRejection = async (c: Ctx): Promise<Response> => {
  const application = requireRole(c, 'admin');
  const seq = counterParam(c, 'seq');
  const retried = await callOnce(c.env, application, (stub) => stub.retry(seq, ...senderOf(c, application)));
  if (retried.kind === 'refused') return problemResponse(retried.problem, { position: retried.position });
  const { receipts, position, cost } = retried;
  const [first] = receipts;
  const body = receipts.length === 1 ? first : { receipts };
  const headers = { Location: ticketOfRetry(application, receipts.at(-1), seq), ...costHeader(cost) };
  return json(202, JSON.stringify(body), { position, headers });
};

/** The ticket that the change keeps [O4]. @param seq the seq of the rejected change */
const ticketOfRetry = (application: ApplicationId, last: Receipt | undefined, seq: number): string => {
  const { client, n } = last ?? { client: ANONYMOUS_CLIENT, n: seq };
  const changes = `/v1/apps/${applicationName(application)}/changes`;
  return client === ANONYMOUS_CLIENT ? `${changes}/${client}/${seq}` : `${changes}/${client}/${n}`;
};

/** `DELETE …/rejections/{seq}` [O4]. */
export const discardRejection = async (c: Ctx): Promise<Response> => {
  const application = requireRole(c, 'admin');
  const seq = counterParam(c, 'seq');
  const done = await callOnce(c.env, application, (stub) => stub.discard(seq, ...senderOf(c, application)));
  return done.kind === 'refused'
    ? problemResponse(done.problem, { position: done.position })
    : respond({ status: 204 });
};

const answerText = (answer: TextAnswer): Response =>
  answer.kind === 'refused'
    ? problemResponse(answer.problem, { position: answer.position })
    : json(200, answer.body, { position: answer.position });
