import type { AccessEnvironment } from '../access/environment.ts';
import type { Directory } from '../directory/directory.ts';
import type { BudgetEnvironment } from './cost/budget.ts';
import type { RateEnvironment } from './cost/subject-rates.ts';
import type { DeletionEnvironment } from './deletion/settings.ts';
import type { RecoveryEnvironment } from './recovery/setting.ts';

/** The bindings and variables that an application needs. */
export interface ApplicationEnvironment
  extends AccessEnvironment,
    BudgetEnvironment,
    RateEnvironment,
    DeletionEnvironment,
    RecoveryEnvironment {
  readonly DIRECTORY: DurableObjectNamespace<Directory>;
}
