import { parseEtag, type Version } from '../../../protocol/version.ts';
import { type Ctx, headerOf, unwrap } from './context.ts';
import { parseIfNoneMatch } from './entity-tags.ts';

/**
 * The versions that a reader has, by `If-None-Match` [S2]; `*` stands for any. Tags of other servers are dropped.
 *
 * @throws Refusal `invalid-header`
 */
export const knownVersions = (c: Ctx): '*' | readonly Version[] => {
  const header = headerOf(c, 'If-None-Match');
  // Nearly always one etag of ours, which needs no list to be parsed.
  const only = header === null ? undefined : parseEtag(header);
  if (only !== undefined) return [only];
  const { tags = [] } = unwrap(parseIfNoneMatch(header));
  return tags === '*' ? tags : tags.map(parseEtag).filter((version) => version !== undefined);
};
