import { type Failure, failure } from '../../../core/json/failure.ts';
import type { Precondition } from '../../../protocol/change.ts';
import { HEADER_LENGTH_MAX } from './header-list.ts';

/** The entity tags of a condition, with their quotes; undefined without the header. */
export interface Condition {
  readonly kind: 'condition';
  readonly tags: Precondition | undefined;
}

/** Parses for a strong comparison (RFC 9110, 13.1.1): a weak tag is legal and never matches, so the list may be empty [Q12]. */
export const parseIfMatch = (header: string | null): Condition | Failure => {
  const tags = readTags('If-Match', header);
  return tags.kind === 'list' ? condition(tags.list.filter((tag) => !tag.startsWith('W/'))) : tags;
};

/** Parses for a weak comparison (RFC 9110, 13.1.2): proxies that compress turn our strong tags into weak ones [S2]. */
export const parseIfNoneMatch = (header: string | null): Condition | Failure => {
  const tags = readTags('If-None-Match', header);
  return tags.kind === 'list' ? condition(tags.list.map((tag) => tag.replace(/^W\//, ''))) : tags;
};

/** The end that proxies add to the tag of what they have compressed, and hand back as it is (Apache, Jetty) [S2]. */
const COMPRESSED = /(?:--?|;)(?:gzip|br|zstd|deflate)"$/;

/** More versions than any client keeps. */
const TAGS_MAX = 16;
/** One list element, which may be empty, and the comma or end after it. */
const ELEMENT = /[ \t]*(?:((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")[ \t]*)?(?:,|$)/y;

type Tags = { readonly kind: 'list'; readonly list: string[] } | Condition | Failure;

const condition = (tags: Precondition | undefined): Condition => ({ kind: 'condition', tags });

const readTags = (name: string, header: string | null): Tags => {
  if (header === null) return condition(undefined);
  if (header === '*') return condition('*');
  const list = header.length > HEADER_LENGTH_MAX ? undefined : splitTags(header);
  if (list === undefined || list.length === 0)
    return failure('invalid-header', `${name} must be * or a list of entity tags.`);
  if (list.length <= TAGS_MAX) return { kind: 'list', list };
  return failure('invalid-header', `${name} may hold at most ${TAGS_MAX} entity tags.`, { limit: TAGS_MAX });
};

const splitTags = (header: string): string[] | undefined => {
  const tags: string[] = [];
  for (let at = 0; at < header.length; at = ELEMENT.lastIndex) {
    ELEMENT.lastIndex = at;
    const match = ELEMENT.exec(header);
    if (match === null) return undefined;
    if (match[1] !== undefined) tags.push(match[1].replace(COMPRESSED, '"'));
  }
  return tags;
};
