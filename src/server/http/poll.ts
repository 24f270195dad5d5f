import { JSON_PATCH_TYPE } from '../../protocol/patch.ts';
import { etagOf, parseEtag } from '../../protocol/version.ts';
import type { ReadAnswer, ReadMessage } from '../application/messages.ts';
import { answer, json, problemAnswer } from './answer.ts';
import { call } from './application-call.ts';
import { parseIfNoneMatch } from './conditional.ts';
import { authorised, type Ctx, need } from './context.ts';
import { parseAim } from './delta.ts';
import { isForEvents, streamState } from './events.ts';
import { parseMinVersion } from './min-version.ts';
import { parsePrefer } from './prefer.ts';
import { pointerParameter, readQuery, versionParameter } from './query.ts';

/** `GET …/state` in all its forms; they differ in how long they wait and how much they send. */
export const getState = async (c: Ctx): Promise<Response> => {
  const application = authorised(c, 'reader');
  if (isForEvents(c)) return streamState(c, application);
  const message = readMessage(c);
  return answerRead(await call(c, application, (stub) => stub.read(message)));
};

const readMessage = (c: Ctx): ReadMessage => {
  const { at, path } = need(
    readQuery(new URL(c.req.url).search, { at: versionParameter, path: pointerParameter }),
  ).values;
  const { wait, drain } = need(parsePrefer(c.req.header('Prefer') ?? null));
  const { tags = [] } = need(parseIfNoneMatch(c.req.header('If-None-Match') ?? null));
  const minVersion = need(parseMinVersion(c.req.header('Min-Version') ?? null)).version;
  return {
    known: tags === '*' ? tags : tags.map(parseEtag).filter((version) => version !== undefined),
    delta: need(parseAim(c.req.header('A-IM') ?? null)).manipulation,
    drain: drain === undefined ? 'no' : 'first',
    ...(minVersion === 0 ? {} : { minVersion }),
    ...(wait === undefined ? {} : { wait }),
    ...(at === undefined ? {} : { at }),
    ...(path === undefined ? {} : { path }),
  };
};

const answerRead = (read: ReadAnswer): Response => {
  const { standing } = read;
  switch (read.kind) {
    case 'refused':
      return problemAnswer(read.problem, { standing });
    case 'unchanged':
      return answer({ status: 304, standing, headers: { ETag: etagOf(read.version) } });
    case 'state':
      return json(200, read.body, { standing, headers: { ETag: etagOf(read.version) } });
    case 'patch':
      return json(226, read.body, {
        standing,
        headers: {
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
