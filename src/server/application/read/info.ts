import type { Allowance } from '../../../core/limits/allowance.ts';
import { dollarsOf, dollarsOfStorage, PRICES } from '../../../core/prices.ts';
import type { ApplicationInfo } from '../../../protocol/answers.ts';
import { etagOf } from '../../../protocol/version.ts';
import type { Budget } from '../cost/budget.ts';
import { usageOf } from '../cost/usage-meter.ts';
import { type LoadedState, positionOf } from '../state/loaded-state.ts';
import { readApplicationRow } from '../storage/application-row.ts';
import type { Database } from '../storage/database.ts';
import { isPublic } from '../storage/public-read.ts';
import { countListed, countUnsettled } from '../storage/rejections.ts';

/** The body of `GET /v1/apps/{owner}/{app}`: the facts an operator needs first. */
export const infoJson = (database: Database, loaded: LoadedState): string => {
  const { row, definition, tree, clientCounters, queueBytes, logBytes, oldestVersion, blockedBy, at, head } = loaded;
  const { queue, lag, definition: _, ...position } = positionOf(loaded, Date.now());
  const info: ApplicationInfo = {
    owner: row.owner,
    app: row.app,
    kind: row.kind,
    ...position,
    etag: etagOf(position),
    definition: { state: row.definitionVersion, deployed: definition?.version ?? null },
    createdAt: row.createdAt,
    createdBy: row.createdBy,
    lastChangeAt: head === 0 ? null : at,
    queue: { changes: queue, bytes: queueBytes, lag },
    sizes: { state: tree.bytes, log: logBytes, database: database.bytes },
    history: { oldest: oldestVersion },
    clients: clientCounters.size,
    rejections: {
      listed: countListed(database),
      failures: countUnsettled(database, 'failure'),
      forgotten: readApplicationRow(database)?.forgotten ?? 0,
    },
    held: blockedBy?.detail ?? null,
    public: isPublic(database),
    cost: costReport(database, row.createdAt),
    budget: budgetReport(database.usage.budget),
  };
  return JSON.stringify(info);
};

/** The cost so far: counts, and an estimate in dollars by a named and dated price list [C1]. */
const costReport = ({ usage, bytes }: Database, since: number): ApplicationInfo['cost'] => {
  const { name, date } = PRICES;
  // Read once: `awakeMs` grows with every read.
  const { totals } = usage;
  return {
    since,
    ...totals,
    storedBytes: bytes,
    dollars: dollarsOf(usageOf(totals)),
    dollarsPerMonthStored: dollarsOfStorage(bytes),
    prices: { name, date },
  };
};

const budgetReport = ({ rows, changes }: Budget): ApplicationInfo['budget'] => {
  const now = Date.now();
  const report = ({ limit }: Allowance, used: number) => ({ limit: Number.isFinite(limit) ? limit : null, used });
  return { rowsToday: report(rows, rows.used(now)), changesThisMinute: report(changes, changes.used(now)) };
};
