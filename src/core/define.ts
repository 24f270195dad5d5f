// The public entry point `changebucket/define`: everything a definition needs. Servers and clients import the same
// definition, so it depends on neither.

export type { Problem, ProblemName } from '../protocol/problems.ts';
export {
  type ApplicationDefinition,
  type ApplicationOptions,
  type ChangeContext,
  type ChangeDefinition,
  type ChangeParts,
  change,
  type Definition,
  defineApplication,
  type Reducer,
  treeChange,
} from './definition.ts';
export type { ChangeEffect, ChangeRequest, Inverse } from './inverse.ts';
export { ProblemError, reject } from './json/problem-error.ts';
