import * as v from 'valibot';
import { document } from '../applications/document.ts';
import { change } from '../core/change.ts';
import { createDefinition } from '../core/create-definition.ts';
import { reject } from '../core/json/problem-error.ts';
import type { Json, JsonObject } from '../protocol/json.ts';
import { UNTOLD } from './probing/untold.ts';

const Note = v.object({ text: v.string() });
const Nothing = v.unknown();

/**
 * The kind that the conformance kit asks for: a `document` whose other changes do what the rules about definitions are
 * about. A deployment that has it can be tried in full: `changebucket([…, conformance])`.
 *
 * - `note` keeps its text and the context that the reducer has got.
 * - `decline` rejects itself with the reason `declined`.
 * - `break` throws an error.
 * - `corrupt` writes a value that is no JSON.
 */
export const conformance = createDefinition(
  { name: 'conformance', version: 1, initial: {} as Json },
  {
    ...document.changes,
    note: change(Note, (state: Json, { text }, { now, seq, client, user, role }) => {
      (state as JsonObject)[`note-${seq}`] = { text, now, seq, client, user, role };
    }),
    decline: change(Nothing, (_: Json) => reject('declined', 'As the check wants.')),
    break: change(Nothing, (_: Json) => {
      throw new Error(UNTOLD);
    }),
    corrupt: change(Nothing, (state: Json) => {
      (state as JsonObject)['corrupted'] = { value: Number.NaN };
    }),
  },
);
