import * as v from 'valibot';
import { readJson } from '../../core/json-text.ts';
import { checkPatch } from '../../core/patch-syntax.ts';
import { Refusal } from '../../core/refusal.ts';
import { utf8Length } from '../../core/utf8.ts';
import type { Change } from '../../protocol/change.ts';
import type { Json } from '../../protocol/json.ts';
import { BATCH_BYTES_MAX, BATCH_CHANGES_MAX, CHANGE_BYTES_MAX } from '../../protocol/limits.ts';
import { JSON_PATCH_TYPE, MERGE_PATCH_TYPE } from '../../protocol/patch.ts';
import { problem } from '../../protocol/problems.ts';
import { readBody } from './body.ts';
import { need } from './context.ts';

const JSON_TYPE = 'application/json';

const Named = v.strictObject({
  name: v.pipe(
    v.string(),
    v.regex(/^[A-Za-z][A-Za-z0-9_.:-]{0,63}$/, 'A name is a letter and up to 63 of A-Z a-z 0-9 _ . : -'),
  ),
  args: v.optional(v.unknown(), {}),
});

const Batch = v.strictObject({
  n: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  changes: v.pipe(v.array(Named), v.minLength(1)),
  atomic: v.optional(v.boolean(), false),
});

/** One change: named, or the patch itself by its content type [Q9]. */
export const readChange = async (request: Request): Promise<Change> => {
  const types = [JSON_TYPE, MERGE_PATCH_TYPE, JSON_PATCH_TYPE] as const;
  const { text, mediaType } = need(await readBody(request, CHANGE_BYTES_MAX, types));
  const { value } = need(readJson(text));
  if (mediaType === JSON_PATCH_TYPE) need(checkPatch(value));
  if (mediaType !== JSON_TYPE) return sized({ name: mediaType === JSON_PATCH_TYPE ? 'patch' : 'merge', args: value });
  return sized(shaped(Named, value));
};

export interface ChangeBatch {
  readonly n: number;
  readonly changes: readonly Change[];
  readonly grouping: 'each' | 'atomic';
}

/** Consecutive changes from `n` on [Q6]. */
export const readBatch = async (request: Request): Promise<ChangeBatch> => {
  const { text } = need(await readBody(request, BATCH_BYTES_MAX, [JSON_TYPE] as const));
  const { n, changes, atomic } = shaped(Batch, need(readJson(text)).value);
  if (changes.length > BATCH_CHANGES_MAX) throw tooLarge(changes.length, BATCH_CHANGES_MAX);
  const printed = changes.map(sized);
  const size = printed.reduce((sum, { args }) => sum + utf8Length(args), 0);
  if (size > BATCH_BYTES_MAX) throw tooLarge(size, BATCH_BYTES_MAX);
  return { n, changes: printed, grouping: atomic ? 'atomic' : 'each' };
};

/** Printed again: numbers such as 1e20 grow, so the limit is checked once more [J3]. */
const sized = ({ name, args }: { readonly name: string; readonly args: unknown }): Change => {
  const text = JSON.stringify(args as Json);
  const size = utf8Length(text);
  if (size > CHANGE_BYTES_MAX) throw tooLarge(size, CHANGE_BYTES_MAX);
  return { name, args: text };
};

const tooLarge = (size: number, limit: number): Refusal =>
  new Refusal(problem('too-large', `This is ${size}, and ${limit} is the limit.`, { size, limit }));

const shaped = <Schema extends v.GenericSchema>(schema: Schema, value: Json): v.InferOutput<Schema> => {
  const { success, output, issues } = v.safeParse(schema, value);
  if (success) return output;
  const [issue] = issues;
  const path = v.getDotPath(issue);
  throw new Refusal(problem('invalid-change', `${path === null ? '' : `${path}: `}${issue.message}`));
};
