import * as v from 'valibot';
import { arraysNamed } from '../../core/json/json-elements.ts';
import { ProblemError } from '../../core/json/problem-error.ts';
import { utf8Length } from '../../core/json/utf8.ts';
import { CHANGE_NAME, CHANGE_NAME_RULE, type Change } from '../../protocol/change.ts';
import type { Json } from '../../protocol/json.ts';
import { BATCH_BYTES_MAX, BATCH_CHANGES_MAX, CHANGE_BYTES_MAX } from '../../protocol/limits.ts';
import { type Problem, problem } from '../../protocol/problems.ts';

// The form of changes, the same in a body and in a frame.

/** The members of a named change. */
export const NAMED = {
  name: v.pipe(v.string(), v.regex(CHANGE_NAME, CHANGE_NAME_RULE)),
  args: v.optional(v.unknown(), {}),
  /** See [Q18]. Neither long nor with line feeds: it is stored with each change, and crosses RPC in lines. */
  nonce: v.optional(v.pipe(v.string(), v.regex(/^[!-~]{1,32}$/, 'A nonce is 1 to 32 visible ASCII characters'))),
};

/** A client's counter [I2]. */
export const COUNTER = v.pipe(v.number(), v.safeInteger(), v.minValue(1));

/** The members of a batch: consecutive changes from `n` on [Q6]. */
export const BATCH = {
  n: COUNTER,
  changes: v.pipe(v.array(v.strictObject(NAMED)), v.minLength(1), v.maxLength(BATCH_CHANGES_MAX)),
  atomic: v.optional(v.boolean(), false),
};

/**
 * Whether a batch has too many changes [B1], found in its text before anything is parsed: 330,000 empty changes fit into
 * 1 MB, and cost a second and 150 MB as values.
 */
export const refuseLongBatch = (text: string): Problem | undefined => {
  // The shortest element takes two characters, with its comma. Ordinary texts are too short to be scanned.
  if (text.length <= 2 * BATCH_CHANGES_MAX) return undefined;
  const count = arraysNamed(text, 'changes').reduce((sum, each) => sum + each.count, 0);
  return count > BATCH_CHANGES_MAX ? tooLarge(count, BATCH_CHANGES_MAX) : undefined;
};

/**
 * The text of a batch with one change in place of all: tells whose batch was refused, without the cost of its changes.
 */
export const withoutChanges = (text: string): string => {
  const parts: string[] = [];
  let behind = 0;
  for (const { start, end } of arraysNamed(text, 'changes')) {
    parts.push(text.slice(behind, start), '{"name":"x"}');
    behind = end;
  }
  return parts.join('') + text.slice(behind);
};

/** A change as it was parsed, its arguments not yet printed. */
export interface ParsedChange {
  readonly name: string;
  readonly args: unknown;
  readonly nonce?: string | undefined;
}

/**
 * Prints a change's arguments. Numbers such as 1e20 grow when they are printed, so the limit is checked again [J3].
 *
 * @throws Refusal `too-large`
 */
export const printChange = ({ name, args, nonce }: ParsedChange): Change => {
  const text = JSON.stringify(args as Json);
  const size = atMostBytes(text) <= CHANGE_BYTES_MAX ? atMostBytes(text) : utf8Length(text);
  if (size > CHANGE_BYTES_MAX) throw new ProblemError(tooLarge(size, CHANGE_BYTES_MAX));
  return nonce === undefined ? { name, args: text } : { name, args: text, nonce };
};

/**
 * Prints the changes of a batch, which has a bound of its own [B1]. Their number was checked in the text.
 *
 * @throws Refusal `too-large`
 */
export const printBatch = (changes: readonly ParsedChange[]): Change[] => {
  const texts = changes.map(printChange);
  const atMost = texts.reduce((sum, { args }) => sum + atMostBytes(args), 0);
  const size = atMost <= BATCH_BYTES_MAX ? atMost : texts.reduce((sum, { args }) => sum + utf8Length(args), 0);
  if (size > BATCH_BYTES_MAX) throw new ProblemError(tooLarge(size, BATCH_BYTES_MAX));
  return texts;
};

/** A unit of UTF-16 takes up to three bytes of UTF-8. A text far below a limit need not be measured exactly. */
const atMostBytes = (text: string): number => 3 * text.length;

const tooLarge = (size: number, limit: number): Problem =>
  problem('too-large', `This is ${size}, and ${limit} is the limit.`, { size, limit });
