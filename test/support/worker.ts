import { document } from '../../src/applications/document.ts';
import { infoBoxes } from '../../src/applications/info-boxes.ts';
import { todos } from '../../src/applications/todos.ts';
import type { BudgetEnvironment } from '../../src/server/application/cost/budget.ts';
import type { RateEnvironment } from '../../src/server/application/cost/subject-rates.ts';
import type { DeletionEnvironment } from '../../src/server/application/deletion/settings.ts';
import type { RecoveryEnvironment } from '../../src/server/application/recovery/setting.ts';
import { changebucket } from '../../src/server/changebucket.ts';
import { counter, debug, hooks, noteKinds, visits } from './definitions.ts';
import { installRecovery } from './fake-recovery.ts';
import { failMark, instrument } from './faults.ts';

// The product with two kinds more: one that misbehaves on request, one whose definition can be "deployed" anew.

const {
  worker,
  Application: Base,
  Directory: BaseDirectory,
} = changebucket([document, infoBoxes, todos, debug, counter, visits, ...noteKinds]);

export class Application extends Base {
  constructor(ctx: DurableObjectState, env: ConstructorParameters<typeof Base>[1]) {
    instrument(ctx);
    if (ctx.id.name?.startsWith('platform') === true) installRecovery(ctx);
    super(ctx, { ...env, ...budgetOf(ctx.id.name ?? '') });
    hooks.lives += 1;
    hooks.kill = () => {
      hooks.kills += 1;
      this.ctx.abort('killed by a test');
    };
  }
}

/** A deployment has one budget; here each owner `rows-N-…`, `changes-N-…`, `rate-N-…` or `kept-N-…` (`DELETED_DAYS`) is a deployment of its own, `platform…` and `recovery…` one with PLATFORM_RECOVERY, the first with a platform that has it, and `unbound-…` one without the binding DIRECTORY. */
const budgetOf = (
  name: string,
): BudgetEnvironment & RateEnvironment & DeletionEnvironment & RecoveryEnvironment & { readonly DIRECTORY?: never } => {
  if (name.startsWith('unbound-')) return { DIRECTORY: undefined as never };
  if (/^(platform|recovery)/.test(name)) return { PLATFORM_RECOVERY: name.startsWith('recovery-wrong') ? 'yes' : 'on' };
  const [, what, limit = ''] = /^(rows|changes|rate|kept)-(.+?)-/.exec(name) ?? [];
  if (what === undefined) return {};
  if (what === 'kept') return { DELETED_DAYS: limit };
  if (what === 'rate') return { RATE_REQUESTS_PER_SECOND: limit };
  return what === 'rows' ? { BUDGET_ROWS_PER_DAY: limit } : { BUDGET_CHANGES_PER_MINUTE: limit };
};

export class Directory extends BaseDirectory {
  override recoveryMark(...[app, step]: Parameters<InstanceType<typeof BaseDirectory>['recoveryMark']>) {
    failMark(step.kind, 'before');
    const mark = super.recoveryMark(app, step);
    failMark(step.kind, 'after');
    return mark;
  }
}

export default worker;
