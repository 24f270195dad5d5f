import * as v from 'valibot';
import { ProblemError } from '../../core/json/problem-error.ts';
import { utf8Length } from '../../core/json/utf8.ts';
import type { Change } from '../../protocol/change.ts';
import type { Json } from '../../protocol/json.ts';
import { BATCH_BYTES_MAX, BATCH_CHANGES_MAX, CHANGE_BYTES_MAX } from '../../protocol/limits.ts';
import { problem } from '../../protocol/problems.ts';

// The shape of changes, whether they come in a body or in a frame.

/** A named change. */
export const NAMED = {
  name: v.pipe(
    v.string(),
    v.regex(/^[A-Za-z][A-Za-z0-9_.:-]{0,63}$/, 'A name is a letter and up to 63 of A-Z a-z 0-9 _ . : -'),
  ),
  args: v.optional(v.unknown(), {}),
};

export const COUNTER = v.pipe(v.number(), v.safeInteger(), v.minValue(1));

/** Consecutive changes from `n` on [Q6]. */
export const BATCH = {
  n: COUNTER,
  changes: v.pipe(v.array(v.strictObject(NAMED)), v.minLength(1)),
  atomic: v.optional(v.boolean(), false),
};

/** A change as it came: JSON, not yet text. */
export interface Sent {
  readonly name: string;
  readonly args: unknown;
}

/** Printed again: numbers such as 1e20 grow, so the limit is checked once more [J3]. */
export const sized = ({ name, args }: Sent): Change => {
  const text = JSON.stringify(args as Json);
  const size = bytesIfNear(text, CHANGE_BYTES_MAX);
  if (size > CHANGE_BYTES_MAX) throw tooLarge(size, CHANGE_BYTES_MAX);
  return { name, args: text };
};

/** The same for a batch, which has bounds of its own [B1]. */
export const sizedBatch = (changes: readonly Sent[]): Change[] => {
  if (changes.length > BATCH_CHANGES_MAX) throw tooLarge(changes.length, BATCH_CHANGES_MAX);
  const printed = changes.map(sized);
  const most = printed.reduce((sum, { args }) => sum + 3 * args.length, 0);
  const size = most <= BATCH_BYTES_MAX ? most : printed.reduce((sum, { args }) => sum + utf8Length(args), 0);
  if (size > BATCH_BYTES_MAX) throw tooLarge(size, BATCH_BYTES_MAX);
  return printed;
};

/** A unit of UTF-16 takes up to three bytes: what is far below the limit need not be measured. */
const bytesIfNear = (text: string, limit: number): number =>
  3 * text.length <= limit ? 3 * text.length : utf8Length(text);

const tooLarge = (size: number, limit: number): ProblemError =>
  new ProblemError(problem('too-large', `This is ${size}, and ${limit} is the limit.`, { size, limit }));
