import { type Failure, failure } from '../../../core/json/failure.ts';
import type { Precondition } from '../../../protocol/change.ts';
import { HEADER_LENGTH_MAX } from './header-list.ts';

/** The entity tags of a condition, with their quotes; `undefined` when the request has none. */
export interface Condition {
  readonly kind: 'condition';
  readonly tags: Precondition | undefined;
}

/** Strong comparison (RFC 9110, 13.1.1): a weak tag is legal and never matches; what is left may be empty [Q12]. */
export const parseIfMatch = (header: string | null): Condition | Failure => {
  const tags = readTags('If-Match', header);
  return tags.kind === 'list' ? condition(tags.list.filter((tag) => !tag.startsWith('W/'))) : tags;
};

/** Weak comparison (RFC 9110, 13.1.2): proxies that compress make our strong tags weak [S2]. */
export const parseIfNoneMatch = (header: string | null): Condition | Failure => {
  const tags = readTags('If-None-Match', header);
  return tags.kind === 'list' ? condition(tags.list.map((tag) => tag.replace(/^W\//, ''))) : tags;
};

/** The end that proxies add to the tag of what they have compressed, and hand back as it is (Apache, Jetty) [S2]. */
const COMPRESSED = /(?:--?|;)(?:gzip|br|zstd|deflate)"$/;

/** More than a client could have seen and still mean. */
const TAGS_MAX = 16;
/** One list element, which may be empty, with what ends it. */
const ELEMENT = /[ \t]*(?:((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")[ \t]*)?(?:,|$)/y;

type Tags = { readonly kind: 'list'; readonly list: string[] } | Condition | Failure;

const condition = (tags: Precondition | undefined): Condition => ({ kind: 'condition', tags });

const readTags = (name: string, header: string | null): Tags => {
  if (header === null) return condition(undefined);
  if (header === '*') return condition('*');
  const list = header.length > HEADER_LENGTH_MAX ? undefined : splitTags(header);
  if (list === undefined || list.length === 0)
    return failure('invalid-header', `${name} is * or a list of entity tags.`);
  if (list.length <= TAGS_MAX) return { kind: 'list', list };
  return failure('invalid-header', `${name} holds at most ${TAGS_MAX} entity tags.`, { limit: TAGS_MAX });
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
