import type { ApplicationId } from '../../../protocol/ids.ts';
import { parseEtag, type Version } from '../../../protocol/version.ts';
import { callApplication } from '../object/call-application.ts';
import { type Ctx, headerOf, unwrap } from '../request/context.ts';
import { parseIfNoneMatch } from '../request/entity-tags.ts';
import { pointerParameter, readQuery } from '../request/query.ts';
import { problemResponse, respond } from '../response/response.ts';

const EVENT_STREAM = 'text/event-stream';

/** Whether the answer is to be a stream. A list that does not parse asks for nothing in particular. */
export const isForEvents = (c: Ctx): boolean =>
  (headerOf(c, 'Accept') ?? '').toLowerCase().includes(EVENT_STREAM) && c.req.method === 'GET';

/** `GET …/state` as server-sent events [V]. */
export const streamState = async (c: Ctx, application: ApplicationId): Promise<Response> => {
  const { path } = unwrap(readQuery(c.get('search'), { path: pointerParameter })).values;
  const principal = c.get('principal');
  const message = {
    known: knownVersions(c),
    ...(path === undefined ? {} : { path }),
    ...(principal.kind === 'token' ? { expires: principal.expires } : {}),
  };
  const opened = await callApplication(c, application, (stub) => stub.stream(message));
  if (opened.kind === 'refused') return problemResponse(opened.problem, { position: opened.position });
  const { stream, position } = opened;
  return respond({ status: 200, body: stream, position, headers: { 'Content-Type': EVENT_STREAM } });
};

/** What an EventSource has seen last goes before what the page knew when it made it [V2]. */
const knownVersions = (c: Ctx): Version[] => {
  const last = parseEtag(headerOf(c, 'Last-Event-ID') ?? '');
  const { tags = [] } = unwrap(parseIfNoneMatch(headerOf(c, 'If-None-Match')));
  const listed = tags === '*' ? [] : tags.map(parseEtag);
  return [last, ...listed].filter((version) => version !== undefined);
};
