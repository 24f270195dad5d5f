import type { Definition } from '../../core/definition.ts';
import { etagOf } from '../../protocol/version.ts';
import { type Memory, standingOf } from './memory.ts';
import type { Summary } from './messages.ts';
import { readApplicationRow } from './storage/application-row.ts';
import type { Database } from './storage/database.ts';
import { countListed } from './storage/rejections.ts';

/** What `GET /v1/apps/{owner}/{app}` tells: all that an operator asks first. */
export const report = (
  database: Database,
  memory: Memory,
  definition: Definition | undefined,
  alarms: number,
): string => {
  const { row, tree, marks, queueBytes, logBytes, floor, held, at, head } = memory;
  const { queue, lag, ...standing } = standingOf(memory, Date.now());
  return JSON.stringify({
    ...{ owner: row.owner, app: row.app, kind: row.kind, ...standing, etag: etagOf(standing) },
    definition: { state: row.definitionVersion, deployed: definition?.version ?? null },
    createdAt: row.createdAt,
    createdBy: row.createdBy,
    lastChangeAt: head === 0 ? null : at,
    queue: { changes: queue, bytes: queueBytes, lag },
    sizes: { state: tree.weight, log: logBytes, database: database.bytes },
    history: { oldest: floor },
    clients: marks.size,
    rejections: { listed: countListed(database), forgotten: readApplicationRow(database)?.forgotten ?? 0 },
    held: held?.detail ?? null,
    costs: { sinceWake: { rowsRead: database.rows.read, rowsWritten: database.rows.written, alarms } },
  });
};

export const summarise = ({ row, version, at, head }: Memory): Summary => ({
  ...{ app: row.app, kind: row.kind, epoch: row.epoch, version },
  lastChangeAt: head === 0 ? null : at,
});
