import { ANONYMOUS_CLIENT, isId } from '../../../protocol/ids.ts';
import { KEY_LENGTH_MAX, REJECTIONS_MAX, SUBJECT_LENGTH_MAX } from '../../../protocol/limits.ts';
import { isSubject } from '../../../protocol/owners.ts';
import { REJECTION_CAUSES } from '../../../protocol/rejection-cause.ts';
import { integerParameter, type Parameter, versionParameter } from './query.ts';

/** A text with a form of its own. */
const textParameter = (expects: string, maxLength: number, holds: (text: string) => boolean): Parameter<string> => ({
  expects,
  schema: { type: 'string', minLength: 1, maxLength },
  read: (text) => (text.length > 0 && text.length <= maxLength && holds(text) ? text : undefined),
});

/** One of some words. */
const wordParameter = <Word extends string>(words: readonly Word[]): Parameter<Word> => ({
  expects: `one of ${words.join(', ')}`,
  schema: { type: 'string', enum: words },
  read: (text) => words.find((word) => word === text),
});

const timeParameter: Parameter<number> = {
  ...integerParameter(0, Number.MAX_SAFE_INTEGER),
  expects: 'a time in ms since 1970',
};

/** What lists of changes can be narrowed to [L15]. */
const FILTER_QUERY = {
  user: textParameter('a subject', 2 * SUBJECT_LENGTH_MAX, isSubject),
  client: textParameter('a client id', SUBJECT_LENGTH_MAX, (text) => isId(text) || text === ANONYMOUS_CLIENT),
  name: textParameter('the name of a change', KEY_LENGTH_MAX, () => true),
  since: timeParameter,
  until: timeParameter,
};

export const LOG_FILTER_QUERY = { ...FILTER_QUERY, outcome: wordParameter(['applied', 'rejected', 'dead']) };

/** The query of a page of rejections. */
export const REJECTIONS_QUERY = {
  ...FILTER_QUERY,
  cause: wordParameter(REJECTION_CAUSES),
  after: versionParameter,
  limit: integerParameter(1, 2 * REJECTIONS_MAX),
};
