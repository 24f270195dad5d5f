// What the definition of a kind is made of. It runs on both ends, so both import it from here.
export {
  type ApplicationDefinition,
  type ApplicationOptions,
  type ChangeContext,
  type ChangeDefinition,
  change,
  type Definition,
  defineApplication,
  type Reducer,
  treeChange,
} from './definition.ts';
export { Refusal, reject } from './json/refusal.ts';
