import { type Failure, failure } from '../../../core/json/failure.ts';
import { memoized } from '../../../core/limits/lru-cache.ts';
import { MAX_STALE_MS_MAX, WAIT_SECONDS_MAX } from '../../../protocol/limits.ts';
import { type HeaderItem, MEMOIZED_HEADERS_MAX, parseItems } from './header-list.ts';

/** A client's preferences for the answer (RFC 7240); each member only where it was sent. */
export interface Prefer {
  readonly kind: 'prefer';
  /** Seconds, cut to the longest wait; 0 is a wait that ends immediately [Q11] [S5] [S7]. */
  readonly wait?: number;
  /** The part of the outcome to send [Q11]. */
  readonly return?: 'minimal' | 'representation';
  /** Apply the queue before answering [S6]. */
  readonly drain?: true;
  /** Check before queueing as well as when applied [Q13]. */
  readonly precheck?: true;
  /** The age that the answer may have, ms [S13]. */
  readonly maxStale?: number;
}

/** Parses the header `Prefer`. */
export const parsePrefer = (header: string | null): Prefer | Failure => (header === null ? NONE : parse(header));

const NONE: Prefer = { kind: 'prefer' };

const parse = memoized((header: string): Prefer | Failure => {
  const items = parseItems(header);
  if (items === undefined) return invalid('is not a list of preferences (RFC 7240)');
  const failed = CHECKS.find(([name, form]) => {
    const item = first(items, name);
    return item !== undefined && !form.test(item.value ?? '');
  });
  if (failed !== undefined) return invalid(failed[2]);
  const [wait, stale, returns] = [first(items, 'wait'), first(items, 'max-stale'), first(items, 'return')];
  return {
    kind: 'prefer',
    ...(wait && { wait: Math.min(Number(wait.value), WAIT_SECONDS_MAX) }),
    ...(returns && { return: returns.value?.toLowerCase() as 'minimal' | 'representation' }),
    ...(first(items, 'drain') && { drain: true }),
    ...(first(items, 'precheck') && { precheck: true }),
    ...(stale && { maxStale: Math.min(Number(stale.value), MAX_STALE_MS_MAX) }),
  };
}, MEMOIZED_HEADERS_MAX);

/** The form of each preference's value, and the end of the sentence that refuses another one. */
const CHECKS: readonly (readonly [name: string, form: RegExp, why: string])[] = [
  ['wait', /^[0-9]+$/, 'needs whole seconds: wait=5'],
  ['return', /^(?:minimal|representation)$/i, 'knows return=minimal and return=representation'],
  ['drain', /^$/, 'takes drain and precheck without a value'],
  ['precheck', /^$/, 'takes drain and precheck without a value'],
  ['max-stale', /^[0-9]+$/, 'needs whole milliseconds: max-stale=500'],
];

/** Of several with one name only the first counts (RFC 7240, section 2). */
const first = (items: readonly HeaderItem[], name: string): HeaderItem | undefined =>
  items.find((item) => item.name === name);

const invalid = (why: string): Failure => failure('invalid-header', `Prefer ${why}.`);
