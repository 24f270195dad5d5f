import { Refusal } from '../../core/refusal.ts';
import { applicationName } from '../../protocol/ids.ts';
import { MAX_STALE_MS_MAX } from '../../protocol/limits.ts';
import { JSON_PATCH_TYPE } from '../../protocol/patch.ts';
import { problem } from '../../protocol/problems.ts';
import { etagOf, parseEtag } from '../../protocol/version.ts';
import type { ReadAnswer, ReadMessage } from '../application/messages.ts';
import { answer, json, problemAnswer } from './answer.ts';
import { call } from './application-call.ts';
import { parseIfNoneMatch } from './conditional.ts';
import { authorised, type Ctx, need } from './context.ts';
import { parseAim } from './delta.ts';
import type { Environment } from './environment.ts';
import { isForEvents, streamState } from './events.ts';
import { parseMinVersion } from './min-version.ts';
import { parseNatural } from './natural.ts';
import { type Prefer, parsePrefer } from './prefer.ts';
import { pointerParameter, readQuery, versionParameter } from './query.ts';
import { recall, remember } from './snapshots.ts';

/** `GET …/state` in all its forms; they differ in how long they wait and how much they send. */
export const getState = async (c: Ctx): Promise<Response> => {
  const application = authorised(c, 'reader');
  if (isForEvents(c)) return streamState(c, application);
  const prefer = need(parsePrefer(c.req.header('Prefer') ?? null));
  const message = readMessage(c, prefer);
  const ask = () => call(c, application, (stub) => stub.read(message));
  const { maxStale = defaultMaxStale(c.env) } = prefer;
  if (maxStale === 0) return answerRead(await ask());
  const asked = Date.now();
  const name = applicationName(application);
  const recalled = recall(name, message, asked - maxStale);
  if (recalled !== undefined) return answerRead(recalled, { 'Preference-Applied': `max-stale=${maxStale}` });
  const answered = await ask();
  remember(name, message, answered, asked);
  return answerRead(answered);
};

const defaultMaxStale = ({ MAX_STALE_MS = '0' }: Environment): number => {
  const ms = parseNatural(MAX_STALE_MS);
  if (ms === undefined || ms > MAX_STALE_MS_MAX)
    throw new Refusal(problem('not-configured', `MAX_STALE_MS is a whole number from 0 to ${MAX_STALE_MS_MAX}.`));
  return ms;
};

const readMessage = (c: Ctx, { wait, drain }: Prefer): ReadMessage => {
  const { at, path } = need(
    readQuery(new URL(c.req.url).search, { at: versionParameter, path: pointerParameter }),
  ).values;
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

const answerRead = (read: ReadAnswer, honoured: Readonly<Record<string, string>> = {}): Response => {
  const { standing } = read;
  switch (read.kind) {
    case 'refused':
      return problemAnswer(read.problem, { standing });
    case 'unchanged':
      return answer({ status: 304, standing, headers: { ...honoured, ETag: etagOf(read.version) } });
    case 'state':
      return json(200, read.body, { standing, headers: { ...honoured, ETag: etagOf(read.version) } });
    case 'patch':
      return json(226, read.body, {
        standing,
        headers: {
          ...honoured,
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
