import { ANONYMOUS_CLIENT, type ApplicationId, applicationName } from '../../../protocol/ids.ts';
import { LOG_PAGE_MAX } from '../../../protocol/limits.ts';
import type { Receipt } from '../../../protocol/receipt.ts';
import type { TextAnswer } from '../../rpc/messages.ts';
import { callApplication, callOnce } from '../object/call-application.ts';
import { type Ctx, counterParam, requireRole, senderOf, unwrap } from '../request/context.ts';
import { LOG_FILTER_QUERY, REJECTIONS_QUERY } from '../request/filter-parameters.ts';
import { integerParameter, readQuery, versionParameter } from '../request/query.ts';
import { costHeader, timingHeader } from '../response/cost-header.ts';
import { json, problemResponse, respond } from '../response/response.ts';

/** The query of a page of the log. */
export const LOG_QUERY = { after: versionParameter, limit: integerParameter(1, LOG_PAGE_MAX), ...LOG_FILTER_QUERY };

/** `GET …/log` [L7] [L15]. */
export const getLog = async (c: Ctx): Promise<Response> => {
  const application = requireRole(c, 'reader');
  const { after = 0, limit, ...filter } = unwrap(readQuery(c.get('search'), LOG_QUERY)).values;
  const page = { after, ...(limit === undefined ? {} : { limit }), filter };
  return answerText(await callApplication(c.env, application, (stub) => stub.log(page, ...senderOf(c, application))));
};

/** `GET …/rejections` [O3] [O6]. */
export const getRejections = async (c: Ctx): Promise<Response> => {
  const application = requireRole(c, 'admin');
  const filter = unwrap(readQuery(c.get('search'), REJECTIONS_QUERY)).values;
  const [user, pass, request] = senderOf(c, application);
  return answerText(await callApplication(c.env, application, (stub) => stub.rejections(user, pass, filter, request)));
};

/** `POST …/rejections/{seq}/retry`: queues a rejected change again [O4]. */
export const retryRejection = async (c: Ctx): Promise<Response> => {
  const application = requireRole(c, 'admin');
  const seq = counterParam(c, 'seq');
  const calledAt = Date.now();
  const retried = await callOnce(c.env, application, (stub) => stub.retry(seq, ...senderOf(c, application)));
  if (retried.kind === 'refused') return problemResponse(retried.problem, { position: retried.position });
  const { receipts, position, cost, timing } = retried;
  const call = Date.now() - calledAt;
  const [first] = receipts;
  const body = receipts.length === 1 ? first : { receipts };
  const measured = { ...costHeader(cost), ...timingHeader(timing, call) };
  const headers = { Location: ticketOfRetry(application, receipts.at(-1), seq), ...measured };
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
