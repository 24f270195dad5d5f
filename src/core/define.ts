// The public entry point `changebucket/define`: everything a definition needs. Servers and clients import the same
// definition, so it depends on neither.

export type { Problem, ProblemName } from '../protocol/problems.ts';
export type {
  ApplicationOptions,
  DefineChange,
  InferredOptions,
  InverseOf,
  Reject,
  RequestOf,
} from './application-options.ts';
export { change, treeChange } from './change.ts';
export type { ApplicationDefinition } from './create-definition.ts';
export { defineApplication } from './define-application.ts';
export type {
  ChangeContext,
  ChangeDefinition,
  ChangeParts,
  Claims,
  Definition,
  ReasonOf,
  Reducer,
} from './definition.ts';
export type { ChangeEffect, ChangeRequest, Inverse } from './inverse.ts';
export { ProblemError, reject } from './json/problem-error.ts';
