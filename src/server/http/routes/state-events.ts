import type { ApplicationId } from '../../../protocol/ids.ts';
import { parseEtag, type Version } from '../../../protocol/version.ts';
import { callApplication } from '../object/call-application.ts';
import { prefersEvents } from '../request/accept.ts';
import { type Ctx, headerOf, senderOf, unwrap } from '../request/context.ts';
import { knownVersions } from '../request/known-versions.ts';
import { pointerParameter, readQuery } from '../request/query.ts';
import { problemResponse, respond, STATE_VARY } from '../response/response.ts';

const EVENT_STREAM = 'text/event-stream';

/** Whether a read asks for server-sent events. */
export const wantsEvents = (c: Ctx): boolean => prefersEvents(headerOf(c, 'Accept')) && c.req.method === 'GET';

/** `GET …/state` as server-sent events [V]. */
export const streamState = async (c: Ctx, application: ApplicationId): Promise<Response> => {
  const { path } = unwrap(readQuery(c.get('search'), { path: pointerParameter })).values;
  const principal = c.get('principal');
  const [user = '', pass, request] = senderOf(c, application);
  const message = {
    known: resumeVersions(c),
    ...(path === undefined ? {} : { path }),
    ...(principal.kind === 'token' ? { expires: principal.expires } : {}),
    user,
    ...(pass === undefined ? {} : { pass }),
    ...(request === undefined ? {} : { request }),
  };
  const opened = await callApplication(c.env, application, (stub) => stub.stream(message));
  if (opened.kind === 'refused') return problemResponse(opened.problem, { position: opened.position });
  const { stream, position } = opened;
  return respond({ status: 200, body: stream, position, headers: { ...STATE_VARY, 'Content-Type': EVENT_STREAM } });
};

/** The last event of an EventSource is newer than the version the page had when it created it, so it comes first [V2]. */
const resumeVersions = (c: Ctx): readonly Version[] => {
  const last = parseEtag(headerOf(c, 'Last-Event-ID') ?? '');
  const known = knownVersions(c);
  const listed = known === '*' ? [] : known;
  return last === undefined ? listed : [last, ...listed];
};
