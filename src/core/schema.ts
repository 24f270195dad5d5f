import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Json } from '../protocol/json.ts';
import type { ProblemName } from '../protocol/problems.ts';
import { throwProblem } from './json/problem-error.ts';
import type { Explained } from './state-type.ts';

/**
 * What a synchronous schema must not say. It finds the libraries that tell an asynchronous schema by its type (valibot);
 * those of others are refused when they run.
 */
export interface Synchronous {
  readonly async?: false | Explained<'Schemas are synchronous: object, not objectAsync; pipe, not pipeAsync.'>;
}

/**
 * Checks args and returns the schema's output.
 *
 * @throws ProblemError `invalid-args` with the first issue
 */
export const parseArgs = <Schema extends StandardSchemaV1>(
  schema: Schema,
  args: Json,
): StandardSchemaV1.InferOutput<Schema> => {
  const result = requireSynchronous(schema['~standard'].validate(args), 'change-failed');
  return result.issues === undefined ? result.value : throwProblem('invalid-args', describeIssue(result.issues[0]));
};

/** The first issue of a value; undefined when it fits. */
export const firstIssue = (schema: StandardSchemaV1, value: Json): string | undefined => {
  const { issues } = requireSynchronous(schema['~standard'].validate(value), 'change-failed');
  return issues === undefined ? undefined : describeIssue(issues[0]);
};

/** A value as the schema makes it, with its defaults, trims and conversions; as it is when it does not fit. */
export const outputOf = (schema: StandardSchemaV1 | undefined, value: Json): unknown => {
  const result = schema && requireSynchronous(schema['~standard'].validate(value), 'change-failed');
  return result === undefined || result.issues !== undefined ? value : result.value;
};

/** Refuses promises: an await between reading and writing the state would let other changes in between. */
export const requireSynchronous = <T>(result: T | Promise<T>, name: ProblemName): T => {
  if (!(result instanceof Promise)) return result;
  // Its later writes fail, because its drafts have ended; nobody else would catch that rejection.
  result.catch(() => undefined);
  return throwProblem(name, 'A promise is not JSON: schemas and reducers are synchronous.');
};

const describeIssue = (issue: StandardSchemaV1.Issue | undefined): string => {
  const path = (issue?.path ?? []).map((each) => String(typeof each === 'object' ? each.key : each)).join('.');
  return `${path === '' ? '' : `${path}: `}${issue?.message ?? 'The arguments do not fit.'}`;
};
