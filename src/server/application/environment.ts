import type { AccessEnvironment } from '../access/environment.ts';
import type { Directory } from '../directory/directory.ts';
import type { BudgetEnvironment } from './cost/budget.ts';

/** The bindings and variables that an application needs. */
export interface ApplicationEnvironment extends AccessEnvironment, BudgetEnvironment {
  readonly DIRECTORY: DurableObjectNamespace<Directory>;
}
