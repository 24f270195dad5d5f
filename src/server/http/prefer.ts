import { type Failed, failed } from '../../core/failed.ts';
import { WAIT_SECONDS_MAX } from '../../protocol/limits.ts';
import { type HeaderItem, parseItems } from './header-items.ts';

/** How a client wants to be answered (RFC 7240); each member only where it was asked for. */
export interface Prefer {
  readonly kind: 'prefer';
  /** Seconds; 0 is a wait that ends at once [Q11] [S5] [S7]. */
  readonly wait?: number;
  readonly return?: 'minimal' | 'representation';
  /** Take in what is queued before answering [S6]. */
  readonly drain?: true;
  /** Judge at the door as well [Q13]. */
  readonly precheck?: true;
}

export const parsePrefer = (header: string | null): Prefer | Failed => {
  if (header === null) return { kind: 'prefer' };
  const items = parseItems(header);
  if (items === undefined) return invalid('is not a list of preferences (RFC 7240)');
  const wait = first(items, 'wait');
  const returns = first(items, 'return');
  if (wait !== undefined && !SECONDS.test(wait.value ?? '')) return invalid('needs whole seconds: wait=5');
  if (returns !== undefined && !RETURN.test(returns.value ?? '')) {
    return invalid('knows return=minimal and return=representation');
  }
  const drain = first(items, 'drain');
  const precheck = first(items, 'precheck');
  if (drain?.value !== undefined || precheck?.value !== undefined) {
    return invalid('takes drain and precheck without a value');
  }
  return {
    kind: 'prefer',
    ...(wait && { wait: Math.min(Number(wait.value), WAIT_SECONDS_MAX) }),
    ...(returns && { return: returns.value?.toLowerCase() as 'minimal' | 'representation' }),
    ...(drain && { drain: true }),
    ...(precheck && { precheck: true }),
  };
};

const SECONDS = /^[0-9]+$/;
const RETURN = /^(?:minimal|representation)$/i;

/** Of several with one name only the first counts (RFC 7240, section 2). */
const first = (items: readonly HeaderItem[], name: string): HeaderItem | undefined =>
  items.find((item) => item.name === name);

const invalid = (why: string): Failed => failed('invalid-header', `Prefer ${why}.`);
