import { ProblemError } from '../../../core/json/problem-error.ts';
import { applicationName } from '../../../protocol/ids.ts';
import { MAX_STALE_MS_MAX } from '../../../protocol/limits.ts';
import { JSON_PATCH_TYPE } from '../../../protocol/patch.ts';
import { problem } from '../../../protocol/problems.ts';
import { etagOf, parseEtag } from '../../../protocol/version.ts';
import type { ReadAnswer, ReadMessage } from '../../rpc/messages.ts';
import { packRead, unpackReadAnswer } from '../../rpc/packing.ts';
import { callApplication } from '../object/call-application.ts';
import { getSnapshot, putSnapshot } from '../object/snapshot-cache.ts';
import { parseAim } from '../request/a-im.ts';
import { type Ctx, headerOf, requireRole, unwrap } from '../request/context.ts';
import { parseIfNoneMatch } from '../request/entity-tags.ts';
import type { Environment } from '../request/environment.ts';
import { parseMinVersion } from '../request/min-version.ts';
import { parseNatural } from '../request/natural.ts';
import { type Prefer, parsePrefer } from '../request/prefer.ts';
import { pointerParameter, readQuery, versionParameter } from '../request/query.ts';
import { json, problemResponse, respondUnchanged } from '../response/response.ts';
import { isForEvents, streamState } from './state-events.ts';

/** `GET …/state` in all its forms; they differ in how long they wait and how much they send. */
export const getState = async (c: Ctx): Promise<Response> => {
  const application = requireRole(c, 'reader');
  if (isForEvents(c)) return streamState(c, application);
  const prefer = unwrap(parsePrefer(headerOf(c, 'Prefer')));
  const message = readMessage(c, prefer);
  const packed = packRead(message);
  const ask = async () => unpackReadAnswer(await callApplication(c, application, (stub) => stub.read(packed)));
  const { maxStale = defaultMaxStale(c.env) } = prefer;
  if (maxStale === 0) return answerRead(await ask());
  const asked = Date.now();
  const name = applicationName(application);
  const recalled = getSnapshot(name, message, asked - maxStale);
  if (recalled !== undefined) return answerRead(recalled, { 'Preference-Applied': `max-stale=${maxStale}` });
  const answered = await ask();
  putSnapshot(name, message, answered, asked);
  return answerRead(answered);
};

const defaultMaxStale = ({ MAX_STALE_MS = '0' }: Environment): number => {
  const ms = parseNatural(MAX_STALE_MS);
  if (ms === undefined || ms > MAX_STALE_MS_MAX)
    throw new ProblemError(problem('not-configured', `MAX_STALE_MS is a whole number from 0 to ${MAX_STALE_MS_MAX}.`));
  return ms;
};

const readMessage = (c: Ctx, { wait, drain }: Prefer): ReadMessage => {
  const { at, path } = unwrap(readQuery(c.get('search'), { at: versionParameter, path: pointerParameter })).values;
  const minVersion = unwrap(parseMinVersion(headerOf(c, 'Min-Version'))).version;
  return {
    known: knownVersions(headerOf(c, 'If-None-Match')),
    delta: unwrap(parseAim(headerOf(c, 'A-IM'))).manipulation,
    drain: drain === undefined ? 'no' : 'first',
    ...(minVersion === 0 ? {} : { minVersion }),
    ...(wait === undefined ? {} : { wait }),
    ...(at === undefined ? {} : { at }),
    ...(path === undefined ? {} : { path }),
  };
};

/** Nearly always one etag of ours, which needs no list to be taken apart. */
const knownVersions = (header: string | null): ReadMessage['known'] => {
  const only = header === null ? undefined : parseEtag(header);
  if (only !== undefined) return [only];
  const { tags = [] } = unwrap(parseIfNoneMatch(header));
  return tags === '*' ? tags : tags.map(parseEtag).filter((version) => version !== undefined);
};

const answerRead = (read: ReadAnswer, honored: Readonly<Record<string, string>> = {}): Response => {
  const { position } = read;
  switch (read.kind) {
    case 'refused':
      return problemResponse(read.problem, { position });
    case 'unchanged':
      return respondUnchanged({ position, headers: { ...honored, ETag: etagOf(read.version) } });
    case 'state':
      return json(200, read.body, { position, headers: { ...honored, ETag: etagOf(read.version) } });
    case 'patch':
      return json(226, read.body, {
        position,
        headers: {
          ...honored,
          'Content-Type': JSON_PATCH_TYPE,
          ETag: etagOf(read.version),
          IM: 'json-patch',
          'Delta-Base': etagOf(read.base),
        },
      });
    default:
      return read satisfies never;
  }
};
