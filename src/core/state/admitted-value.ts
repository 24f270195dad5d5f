import type { Json } from '../../protocol/json.ts';
import { extraSeparators } from '../json/json-bytes.ts';
import { JsonFragment, jsonFragment } from '../json/json-fragment.ts';
import { checkKey } from '../json/json-rules.ts';
import { ProblemError } from '../json/problem-error.ts';
import { utf8Length } from '../json/utf8.ts';
import type { WorkBudget } from './work-budget.ts';

/** A value that may enter the state: the state's own copy, its JSON text, and its size. */
export interface AdmittedValue {
  readonly value: Json;
  readonly text: string;
  /** Counted as by `jsonBytes`. */
  readonly bytes: number;
}

/**
 * Checks and copies a value that a change writes.
 *
 * @param position the number of containers that the value is in, and what finds its JSON Pointer, as for `checkJson`
 * @throws ProblemError when the value is not JSON, is too deep or costs too much work
 */
export const admitValue = (
  value: unknown,
  { depth, at }: { readonly depth: number; readonly at: () => string | undefined },
  budget: WorkBudget,
): AdmittedValue => {
  const fragment = value instanceof JsonFragment ? value : jsonFragment(value, at);
  budget.spend(fragment.text.length);
  const copy = JSON.parse(fragment.text) as Json;
  return { value: copy, text: fragment.text, bytes: utf8Length(fragment.text) + extraSeparators(copy, depth) };
};

/** @throws ProblemError when the key is too long or forbidden [J6] [J7] */
export const admitKey = (key: string): void => {
  const problem = checkKey(key);
  if (problem !== undefined) throw new ProblemError(problem);
};
