import * as v from 'valibot';
import { checkJson } from '../../../core/json/check-json.ts';
import { isTooDeep } from '../../../core/json/json-depth.ts';
import { tooDeep } from '../../../core/json/json-rules.ts';
import { readJson } from '../../../core/json/json-text.ts';
import { ProblemError } from '../../../core/json/problem-error.ts';
import { utf8Length } from '../../../core/json/utf8.ts';
import { checkPatch } from '../../../core/patch/patch-syntax.ts';
import type { Change } from '../../../protocol/change.ts';
import type { Json } from '../../../protocol/json.ts';
import { BATCH_BYTES_MAX, CHANGE_BYTES_MAX, DEPTH_MAX } from '../../../protocol/limits.ts';
import { JSON_PATCH_TYPE, MERGE_PATCH_TYPE } from '../../../protocol/patch.ts';
import { type Problem, problem } from '../../../protocol/problems.ts';
import { BATCH, NAMED, printBatch, printChange, refuseLongBatch } from '../../rpc/change-schema.ts';
import { validate } from '../../rpc/validate.ts';
import { readBody } from './body.ts';
import { unwrap } from './context.ts';

const JSON_TYPE = 'application/json';

/** A named change as a body. */
export const Named = v.strictObject(NAMED);
/** A batch as a body. */
export const Batch = v.strictObject(BATCH);

/** Reads one change from a body: a named change, or a patch by its content type [Q9]. */
export const readChange = async (request: Request): Promise<Change> => {
  const types = [JSON_TYPE, MERGE_PATCH_TYPE, JSON_PATCH_TYPE] as const;
  const { text, mediaType } = unwrap(await readBody(request, CHANGE_BYTES_MAX, types));
  const { value } = unwrap(readJson(text));
  if (mediaType === JSON_PATCH_TYPE) unwrap(checkPatch(value));
  if (mediaType !== JSON_TYPE)
    return printChange({ name: mediaType === JSON_PATCH_TYPE ? 'patch' : 'merge', args: value });
  return namedChange(value);
};

/** A named change in its parsed JSON. @throws Refusal `invalid-change`, or `too-large` once it is printed */
const namedChange = (value: Json): Change => printChange(validated(Named, value));

/**
 * A named change that code in this Worker has made, under the rules of a body [Q9].
 *
 * @throws Refusal as `readChange` does, and `not-json` for what no body can hold
 */
export const changeOfValue = (change: unknown): Change => {
  const refusal = checkJson(change);
  if (refusal !== undefined) throw new ProblemError(isOnlyTooDeep(refusal, change) ? tooDeep() : refusal);
  const text = JSON.stringify(change);
  const size = utf8Length(text);
  if (size > CHANGE_BYTES_MAX)
    throw new ProblemError(problem('too-large', `The change has ${size} bytes.`, { size, limit: CHANGE_BYTES_MAX }));
  return namedChange(unwrap(readJson(text)).value);
};

/** Whether it would be JSON with fewer levels, and does not contain itself [J4]. */
const isOnlyTooDeep = ({ pointer }: Problem, change: unknown): boolean => {
  try {
    return pointer?.split('/').length === DEPTH_MAX + 1 && isTooDeep(JSON.stringify(change));
  } catch {
    return false;
  }
};

/** A batch as it was read. */
export interface ChangeBatch {
  readonly n: number;
  readonly changes: readonly Change[];
  readonly atomicity: 'each' | 'atomic';
}

/** Reads a batch from a body: consecutive changes from `n` on [Q6]. */
export const readBatch = async (request: Request): Promise<ChangeBatch> => {
  const { text } = unwrap(await readBody(request, BATCH_BYTES_MAX, [JSON_TYPE] as const));
  const refusal = refuseLongBatch(text);
  if (refusal !== undefined) throw new ProblemError(refusal);
  const { n, changes, atomic } = validated(Batch, unwrap(readJson(text)).value);
  return { n, changes: printBatch(changes), atomicity: atomic ? 'atomic' : 'each' };
};

/** @throws Refusal `invalid-change` that names the first member that does not fit */
const validated = <Schema extends v.GenericSchema>(schema: Schema, value: Json): v.InferOutput<Schema> => {
  const read = validate(schema, value);
  if (read.kind === 'valid') return read.output;
  throw new ProblemError(problem('invalid-change', read.text));
};
