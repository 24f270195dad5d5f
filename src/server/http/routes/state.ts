import { applicationName } from '../../../protocol/ids.ts';
import { JSON_PATCH_TYPE } from '../../../protocol/patch.ts';
import { etagOf } from '../../../protocol/version.ts';
import type { ReadAnswer, ReadMessage, Timed } from '../../rpc/messages.ts';
import { readFrom } from '../object/push-and-read.ts';
import { getSnapshot, putSnapshot } from '../object/snapshot-cache.ts';
import { parseAim } from '../request/a-im.ts';
import { type Ctx, headerOf, requireRole, senderOf, unwrap } from '../request/context.ts';
import { knownVersions } from '../request/known-versions.ts';
import { defaultMaxStale } from '../request/max-stale.ts';
import { parsePrefer } from '../request/prefer.ts';
import { readOptions } from '../request/read-options.ts';
import { timingHeader } from '../response/cost-header.ts';
import { json, problemResponse, respondUnchanged, STATE_VARY } from '../response/response.ts';
import { streamState, wantsEvents } from './state-events.ts';

/** `GET …/state` in all its forms: poll, long-poll, drained, past, part, patch or event stream. */
export const getState = async (c: Ctx): Promise<Response> => {
  const application = requireRole(c, 'reader');
  if (wantsEvents(c)) return streamState(c, application);
  const prefer = unwrap(parsePrefer(headerOf(c, 'Prefer')));
  const message: ReadMessage = {
    known: knownVersions(c),
    delta: unwrap(parseAim(headerOf(c, 'A-IM'))).manipulation,
    ...readOptions((name) => headerOf(c, name), c.get('search'), prefer),
  };
  const sender = senderOf(c, application);
  const calledAt = Date.now();
  const read = () => readFrom(c.env, application, message, sender);
  const maxStale = prefer.maxStale ?? unwrap(defaultMaxStale(c.env)).ms;
  if (maxStale === 0) return answerRead(await read(), timedSince(calledAt));
  const name = applicationName(application);
  const cached = getSnapshot({ application: name, sender }, message, calledAt - maxStale);
  if (cached !== undefined)
    return answerRead(cached, () => ({ ...STATE_VARY, 'Preference-Applied': `max-stale=${maxStale}` }));
  const answer = await read();
  putSnapshot({ application: name, sender }, message, answer, calledAt);
  return answerRead(answer, timedSince(calledAt));
};

/** The headers of every answer with a state. */
type CommonHeaders = (answer: Timed) => Readonly<Record<string, string>>;

const timedSince =
  (calledAt: number): CommonHeaders =>
  ({ timing }) => ({ ...STATE_VARY, ...timingHeader(timing, Date.now() - calledAt) });

const answerRead = (answer: ReadAnswer, headersOf: CommonHeaders): Response => {
  const { position } = answer;
  const common = answer.kind === 'refused' ? {} : headersOf(answer);
  switch (answer.kind) {
    case 'refused':
      // Nothing more than in a refusal by the Worker: both must look the same [A3].
      return problemResponse(answer.problem, { position });
    case 'unchanged':
      return respondUnchanged({ position, headers: { ...common, ETag: etagOf(answer.version) } });
    case 'state':
      return json(200, answer.body, { position, headers: { ...common, ETag: etagOf(answer.version) } });
    case 'patch':
      return json(226, answer.body, {
        position,
        headers: {
          ...common,
          'Content-Type': JSON_PATCH_TYPE,
          ETag: etagOf(answer.version),
          IM: 'json-patch',
          'Delta-Base': etagOf(answer.base),
        },
      });
    default:
      return answer satisfies never;
  }
};
