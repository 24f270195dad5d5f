import type { BudgetUse } from '../cost/budget.ts';
import type { Database } from './database.ts';

/** Keeps the used budget of an application that is being deleted: a deletion refills nothing [C3]. Call inside a transaction. */
export const storeDeletedBudget = (database: Database): void => {
  const { budget } = database.usage;
  if (!budget.isLimited) return;
  database.run('DROP TABLE IF EXISTS deleted_budget');
  database.run('CREATE TABLE deleted_budget (used TEXT)');
  database.run('INSERT INTO deleted_budget VALUES (?)', JSON.stringify(budget.used));
};

/** Continues the budget of a deleted application of this name [C3]. Reads it once, and only where there is a budget. */
export class DeletedBudget {
  readonly #database: Database;
  /** Whether this instance knows what is used of the budget: from the log, or from a deletion. */
  #isKnown: boolean = false;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @param exists whether the application exists: then its log has told what is used */
  resume(exists: boolean): void {
    const { budget } = this.#database.usage;
    const isNeeded = !exists && !this.#isKnown && budget.isLimited;
    this.#isKnown = true;
    const used = isNeeded ? readDeletedBudget(this.#database) : undefined;
    if (used !== undefined) budget.resume(used);
  }
}

/** Undefined where no application with a budget was ever deleted. */
const readDeletedBudget = (database: Database): BudgetUse | undefined => {
  const table = database.first("SELECT 1 AS here FROM sqlite_master WHERE name = 'deleted_budget'");
  const row = table === undefined ? undefined : database.first<{ used: string }>('SELECT used FROM deleted_budget');
  return row === undefined ? undefined : (JSON.parse(row.used) as BudgetUse);
};
