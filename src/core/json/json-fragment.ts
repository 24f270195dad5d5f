import type { Json } from '../../protocol/json.ts';
import { checkJson } from './json-text.ts';
import { Refusal } from './refusal.ts';

/** JSON as text, on its way into the state. What comes from the state itself needs no check to come in once more. */
export class JsonFragment {
  readonly text: string;

  constructor(value: Json) {
    this.text = JSON.stringify(value);
  }
}

/** Refuses what is not JSON. */
export const jsonFragment = (value: unknown): JsonFragment => {
  const trouble = checkJson(value);
  if (trouble !== undefined) throw new Refusal(trouble);
  return new JsonFragment(value as Json);
};
