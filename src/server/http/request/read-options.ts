import type { ReadMessage } from '../../rpc/messages.ts';
import { type HeaderReader, unwrap } from './context.ts';
import { parseMinVersion } from './min-version.ts';
import type { Prefer } from './prefer.ts';
import { pointerParameter, readQuery, versionParameter } from './query.ts';

/** What a read asks for, besides the versions that the reader has. */
export type ReadOptions = Omit<ReadMessage, 'known' | 'delta' | 'user'>;

/** The query of a read. An event stream takes no `at` [V8]. */
export const STATE_QUERY = { at: versionParameter, path: pointerParameter };

/**
 * @param search the query with its question mark; '' without one
 * @throws ProblemError `invalid-header` or `invalid-query`
 */
export const readOptions = (header: HeaderReader, search: string, { wait, drain }: Prefer): ReadOptions => {
  const { at, path } = unwrap(readQuery(search, STATE_QUERY)).values;
  const minVersion = unwrap(parseMinVersion(header('Min-Version'))).version;
  return {
    drain: drain === undefined ? 'no' : 'first',
    ...(minVersion === 0 ? {} : { minVersion }),
    ...(wait === undefined ? {} : { wait }),
    ...(at === undefined ? {} : { at }),
    ...(path === undefined ? {} : { path }),
  };
};
