import * as v from 'valibot';
import { readJson } from '../../../core/json/json-text.ts';
import { ProblemError } from '../../../core/json/problem-error.ts';
import { CHANGE_BYTES_MAX } from '../../../protocol/limits.ts';
import { problem } from '../../../protocol/problems.ts';
import { readBody } from './body.ts';
import { unwrap } from './context.ts';

/** A creation as a body [L1]. */
export const Creation = v.strictObject({ kind: v.string() });

/** Reads the kind of the application to create. @throws ProblemError `unknown-kind` for another form */
export const readCreation = async (request: Request): Promise<string> => {
  const { text } = unwrap(await readBody(request, CHANGE_BYTES_MAX, ['application/json'] as const));
  const { success, output } = v.safeParse(Creation, unwrap(readJson(text)).value);
  if (!success) throw new ProblemError(problem('unknown-kind', 'The body must be {"kind": "…"}.'));
  return output.kind;
};
