import type { Json } from '../../protocol/json.ts';
import { checkJson } from './check-json.ts';
import { ProblemError } from './problem-error.ts';

/** Checked JSON as text, ready to be written into the state. A value from the state itself needs no second check. */
export class JsonFragment {
  readonly text: string;

  constructor(value: Json) {
    this.text = JSON.stringify(value);
  }
}

/** @param at finds the value's JSON Pointer, as for `checkJson`. @throws ProblemError when the value is not JSON */
export const jsonFragment = (value: unknown, at?: () => string | undefined): JsonFragment => {
  const problem = checkJson(value, at);
  if (problem !== undefined) throw new ProblemError(problem);
  return new JsonFragment(value as Json);
};
