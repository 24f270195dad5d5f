import { ProblemError } from '../../../core/json/problem-error.ts';
import type { ListedApplication } from '../../../protocol/answers.ts';
import { ANONYMOUS_CLIENT, type AppName } from '../../../protocol/ids.ts';
import { LIST_PAGE_MAX } from '../../../protocol/limits.ts';
import { encodeOwner, type Owner } from '../../../protocol/owners.ts';
import { problem } from '../../../protocol/problems.ts';
import { authorizeListing } from '../../access/authorize.ts';
import type { CreateAnswer } from '../../rpc/messages.ts';
import { callApplication } from '../object/call-application.ts';
import { callDirectory } from '../object/call-directory.ts';
import { type Ctx, clientParam, counterParam, ownerParam, requireRole, senderOf, unwrap } from '../request/context.ts';
import { readCreation } from '../request/creation-body.ts';
import { idParameter, integerParameter, readQuery } from '../request/query.ts';
import { json, problemResponse, respond } from '../response/response.ts';

/** `PUT /v1/apps/{owner}/{app}` with a kind [L1]. */
export const createApplication = async (c: Ctx): Promise<Response> => {
  const application = requireRole(c, 'admin');
  const kind = await readCreation(c.req.raw);
  const [subject = '', pass, request] = senderOf(c, application);
  return answerCreate(await callApplication(c.env, application, (stub) => stub.create(kind, subject, pass, request)));
};

/** The response to a creation or an import. */
export const answerCreate = (created: CreateAnswer): Response => {
  if (created.kind === 'refused') return problemResponse(created.problem, { position: created.position });
  return json(created.kind === 'created' ? 201 : 200, created.body, { position: created.position });
};

/** `GET /v1/apps/{owner}/{app}`: depth, lag, sizes and costs. */
export const getInfo = async (c: Ctx): Promise<Response> => {
  const application = requireRole(c, 'reader');
  const info = await callApplication(c.env, application, (stub) => stub.info(...senderOf(c, application)));
  if (info.kind === 'refused') return problemResponse(info.problem, { position: info.position });
  return json(200, info.body, { position: info.position });
};

/** `PUT …/public` [A15]. */
export const openToPublic = (c: Ctx): Promise<Response> => setPublic(c, true);

/** `DELETE …/public` [A15]. */
export const closeToPublic = (c: Ctx): Promise<Response> => setPublic(c, false);

const setPublic = async (c: Ctx, isPublic: boolean): Promise<Response> => {
  const application = requireRole(c, 'admin');
  const sender = senderOf(c, application);
  const done = await callApplication(c.env, application, (stub) => stub.setPublic(isPublic, ...sender));
  if (done.kind === 'refused') return problemResponse(done.problem, { position: done.position });
  return respond({ status: 204 });
};

/** The query of a listing; `deleted=1` stands alone. */
export const LIST_QUERY = {
  after: idParameter,
  limit: integerParameter(1, LIST_PAGE_MAX),
  deleted: integerParameter(1, 1),
};

/** `GET /v1/apps/{owner}`, in pages [L4], or what of it can be undeleted [L18]. */
export const listApplications = async (c: Ctx): Promise<Response> => {
  const owner = ownerParam(c);
  const granted = c.get('usesOperatorRight') === true ? 'granted' : authorizeListing(c.get('principal'), owner);
  if (granted !== 'granted') throw new ProblemError(granted);
  const query = unwrap(readQuery(c.get('search'), LIST_QUERY)).values;
  const { after = '', limit = LIST_PAGE_MAX } = query;
  if (query.deleted !== undefined) {
    if (Object.keys(query).length > 1) throw new ProblemError(problem('invalid-query', 'deleted=1 stands alone.'));
    const applications = await callDirectory(c, encodeOwner(owner), (directory) => directory.retained());
    return json(200, JSON.stringify({ applications }));
  }
  const entries = await callDirectory(c, encodeOwner(owner), (directory) => directory.entries(after, limit));
  const summaries = await Promise.all(
    entries.map((entry) => ('kind' in entry ? entry : summaryOf(c, owner, entry.app))),
  );
  const applications = summaries.filter((summary) => summary !== undefined);
  const next = entries.length === limit ? entries.at(-1)?.app : undefined;
  return json(200, JSON.stringify({ applications, ...(next === undefined ? {} : { next }) }));
};

/** Of an application that an older deployment has listed by name alone. One that cannot be read must not hide the others. */
const summaryOf = async (c: Ctx, owner: Owner, app: string): Promise<ListedApplication | undefined> => {
  try {
    const answer = await callApplication(c.env, { owner, app: app as AppName }, (stub) => stub.summary());
    if (answer === undefined) return undefined;
    const { numbers: _, ...summary } = answer;
    return summary;
  } catch {
    return { app };
  }
};

/** `GET …/changes/{client}/{n}`: the ticket of a change [O1]. */
export const getTicket = async (c: Ctx): Promise<Response> => {
  const application = requireRole(c, 'reader');
  const client = c.req.param('client') === ANONYMOUS_CLIENT ? ANONYMOUS_CLIENT : clientParam(c);
  const n = counterParam(c, 'n');
  const ticket = await callApplication(c.env, application, (stub) =>
    stub.ticket(client, n, ...senderOf(c, application)),
  );
  if (ticket.kind === 'refused') return problemResponse(ticket.problem, { position: ticket.position });
  return json(200, JSON.stringify(ticket.ticket), { position: ticket.position });
};
