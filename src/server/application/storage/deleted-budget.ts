import type { AllowanceUse } from '../../../core/limits/allowance.ts';
import type { Database } from './database.ts';

/** The used budgets of an application: of rows and of changes. */
export type BudgetUse = readonly [rows: AllowanceUse, changes: AllowanceUse];

/** Keeps the used budget of an application that is being deleted: a deletion refills nothing [C3]. */
export const storeDeletedBudget = (database: Database, used: BudgetUse): void => {
  database.transact(() => {
    database.run('DROP TABLE IF EXISTS deleted_budget');
    database.run('CREATE TABLE deleted_budget (used TEXT)');
    database.run('INSERT INTO deleted_budget VALUES (?)', JSON.stringify(used));
  });
};

/** Undefined where no application with a budget was ever deleted. */
export const readDeletedBudget = (database: Database): BudgetUse | undefined => {
  const table = database.first("SELECT 1 AS here FROM sqlite_master WHERE name = 'deleted_budget'");
  const row = table === undefined ? undefined : database.first<{ used: string }>('SELECT used FROM deleted_budget');
  return row === undefined ? undefined : (JSON.parse(row.used) as BudgetUse);
};
