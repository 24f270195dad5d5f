import { parsePosition } from '../client/platform/parse-position.ts';
import type { Json } from '../protocol/json.ts';
import type { PatchOperation } from '../protocol/patch.ts';
import { etagOf } from '../protocol/version.ts';
import { type Answer, jsonOf, versionOf } from './answers.ts';
import type { Call } from './call.ts';
import { queryOf } from './paths.ts';
import type { NotModified, PatchRead, StateOptions, StateRead } from './state-api.ts';

/** The request of a read. @param base the path of the application */
export const stateCall = (base: string, options: StateOptions): Call => {
  const { at, path, minVersion, ifNoneMatch, patch, wait = 0, signal } = options;
  const prefer = preferencesOf(options);
  return {
    path: `${base}/state${queryOf({ at, path: path === '' ? undefined : path })}`,
    headers: {
      ...(prefer.length === 0 ? {} : { Prefer: prefer.join(', ') }),
      ...(minVersion === undefined ? {} : { 'Min-Version': `${minVersion}` }),
      ...(ifNoneMatch === undefined ? {} : { 'If-None-Match': ifNoneMatch }),
      ...(patch === true ? { 'A-IM': 'json-patch' } : {}),
    },
    waitMs: wait * 1_000,
    signal,
  };
};

const preferencesOf = ({ drain, wait, maxStale }: StateOptions): string[] => [
  ...(drain === true ? ['drain'] : []),
  ...(wait === undefined ? [] : [`wait=${wait}`]),
  ...(maxStale === undefined ? [] : [`max-stale=${maxStale}`]),
];

/** The meaning of the answer to a read. */
export const readStateAnswer = (answer: Answer): StateRead<Json> | PatchRead | NotModified => {
  const version = versionOf(answer);
  const read = { ...version, etag: etagOf(version), position: parsePosition(answer.headers) };
  if (answer.status === 304) return { kind: 'not-modified', ...read };
  if (answer.status === 226) return { kind: 'patch', ...read, patch: jsonOf<readonly PatchOperation[]>(answer) };
  return { kind: 'state', ...read, state: jsonOf<Json>(answer) };
};
