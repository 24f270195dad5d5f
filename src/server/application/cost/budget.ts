import { Allowance, type AllowanceUse } from '../../../core/limits/allowance.ts';
import { type Problem, problem } from '../../../protocol/problems.ts';

/** Variables of a deployment that bound what each of its applications may cost [C3]. */
export interface BudgetEnvironment {
  /** Rows written in a day (UTC), alarms included. */
  readonly BUDGET_ROWS_PER_DAY?: string;
  /** Changes accepted in a minute. */
  readonly BUDGET_CHANGES_PER_MINUTE?: string;
}

/** The used budgets of an application: of rows and of changes. */
export type BudgetUse = readonly [rows: AllowanceUse, changes: AllowanceUse];

const NAMES = ['BUDGET_ROWS_PER_DAY', 'BUDGET_CHANGES_PER_MINUTE'] as const;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/**
 * The budget of one application. It refuses what would write: changes, retries, discards, creations and imports. Accepted
 * changes are applied, and reads and deletions go on [C3].
 */
export class Budget {
  readonly rows: Allowance;
  readonly changes: Allowance;
  readonly #misconfigured: Problem | undefined;

  /** @param misconfigured what is wrong with the deployment besides, and refuses the same */
  constructor(environment: BudgetEnvironment, misconfigured?: Problem) {
    const { BUDGET_ROWS_PER_DAY, BUDGET_CHANGES_PER_MINUTE } = environment;
    const wrong = NAMES.find((name) => Number.isNaN(limitOf(environment[name])));
    this.#misconfigured =
      misconfigured ?? (wrong && problem('not-configured', `${wrong} is a whole number from 1 on.`));
    this.rows = new Allowance({ limit: limitOf(BUDGET_ROWS_PER_DAY), periodMs: DAY_MS });
    this.changes = new Allowance({ limit: limitOf(BUDGET_CHANGES_PER_MINUTE), periodMs: MINUTE_MS });
  }

  /** Whether there is a limit at all. */
  get isLimited(): boolean {
    return Number.isFinite(this.rows.limit) || Number.isFinite(this.changes.limit);
  }

  /** What is used of it, to be stored. */
  get used(): BudgetUse {
    return [this.rows.snapshot, this.changes.snapshot];
  }

  /** Continues the budget of an earlier instance. */
  resume([rows, changes]: BudgetUse): void {
    this.rows.resume(rows);
    this.changes.resume(changes);
  }

  /** Reason why new changes are refused now; undefined when they are not. */
  refusal(): Problem | undefined {
    if (this.#misconfigured !== undefined) return this.#misconfigured;
    const now = Date.now();
    for (const [allowance, name] of [
      [this.rows, 'rows written today'],
      [this.changes, 'changes of this minute'],
    ] as const) {
      const retryAfter = allowance.retryAfter(now);
      if (retryAfter !== undefined)
        return problem('budget-exceeded', `The budget for ${name} is used up.`, { limit: allowance.limit, retryAfter });
    }
    return undefined;
  }
}

/** Infinity without a limit, NaN for a text that is no valid limit. */
const limitOf = (text: string | undefined): number => {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : Number.NaN;
};
