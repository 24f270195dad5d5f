import { document } from '../../src/applications/document.ts';
import { infoBoxes } from '../../src/applications/info-boxes.ts';
import { todos } from '../../src/applications/todos.ts';
import type { BudgetEnvironment } from '../../src/server/application/cost/budget.ts';
import type { RateEnvironment } from '../../src/server/application/cost/subject-rates.ts';
import type { DeletionEnvironment } from '../../src/server/application/deletion/settings.ts';
import { changebucket } from '../../src/server/changebucket.ts';
import { counter, debug, hooks, noteKinds, visits } from './definitions.ts';
import { instrument } from './faults.ts';

// The product with two kinds more: one that misbehaves on request, one whose definition can be "deployed" anew.

const {
  worker,
  Application: Base,
  Directory,
} = changebucket([document, infoBoxes, todos, debug, counter, visits, ...noteKinds]);

export class Application extends Base {
  constructor(ctx: DurableObjectState, env: ConstructorParameters<typeof Base>[1]) {
    instrument(ctx);
    super(ctx, { ...env, ...budgetOf(ctx.id.name ?? '') });
    hooks.lives += 1;
    hooks.kill = () => {
      hooks.kills += 1;
      this.ctx.abort('killed by a test');
    };
  }
}

/** A deployment has one budget; here each owner `rows-N-…`, `changes-N-…`, `rate-N-…` or `kept-N-…` (`DELETED_DAYS`) is a deployment of its own, and `unbound-…` one without the binding DIRECTORY. */
const budgetOf = (
  name: string,
): BudgetEnvironment & RateEnvironment & DeletionEnvironment & { readonly DIRECTORY?: never } => {
  if (name.startsWith('unbound-')) return { DIRECTORY: undefined as never };
  const [, what, limit = ''] = /^(rows|changes|rate|kept)-(.+?)-/.exec(name) ?? [];
  if (what === undefined) return {};
  if (what === 'kept') return { DELETED_DAYS: limit };
  if (what === 'rate') return { RATE_REQUESTS_PER_SECOND: limit };
  return what === 'rows' ? { BUDGET_ROWS_PER_DAY: limit } : { BUDGET_CHANGES_PER_MINUTE: limit };
};

export { Directory };
export default worker;
