import { openapi } from './openapi/document.ts';
import type { Operation, Route } from './openapi/operation.ts';
import * as administration from './operations/administration.ts';
import * as applications from './operations/applications.ts';
import * as backups from './operations/backups.ts';
import * as changes from './operations/changes.ts';
import * as deletion from './operations/deletion.ts';
import * as health from './operations/health.ts';
import * as operators from './operations/operators.ts';
import * as past from './operations/past.ts';
import * as state from './operations/state.ts';
import * as subjects from './operations/subjects.ts';
import { json } from './response/response.ts';

const APP = '/v1/apps/:owner/:app';

const getOpenApi: Operation = {
  handle: () => json(200, document()),
  operationId: 'getOpenApi',
  summary: 'Get this document',
  access: 'public',
  answers: { 200: { description: 'The document', content: { 'application/json': 'OpenApi' } } },
  problems: [],
};

/**
 * All routes, with their operations by method. Each operation has its description: `/openapi.json` is made of this table,
 * and nothing else.
 */
export const routes: readonly Route[] = [
  ['/v1/apps', { GET: operators.listOwners }],
  ['/v1/audit', { GET: operators.getAudit }],
  ['/v1/audit/reads', { GET: operators.getAuditedReads }],
  ['/v1/subjects/:subject/revoke', { POST: subjects.revokeTokens }],
  ['/v1/subjects/:subject/audit', { GET: subjects.getOwnersAudit }],
  ['/v1/shared', { GET: subjects.listShared }],
  ['/v1/apps/:owner', { GET: applications.listApplications }],
  [APP, { GET: applications.getInfo, PUT: applications.createApplication, DELETE: deletion.deleteApplication }],
  [`${APP}/public`, { PUT: applications.openToPublic, DELETE: applications.closeToPublic }],
  [`${APP}/changes`, { POST: changes.postChange }],
  [`${APP}/changes/:client`, { PUT: changes.putBatch }],
  [`${APP}/changes/:client/:n`, { PUT: changes.putChange, GET: changes.getTicket }],
  [`${APP}/state`, { GET: state.getState }],
  [`${APP}/socket`, { GET: state.openSocket }],
  [`${APP}/log`, { GET: administration.getLog }],
  [`${APP}/rejections`, { GET: administration.getRejections }],
  [`${APP}/rejections/:seq`, { DELETE: administration.discardRejection }],
  [`${APP}/rejections/:seq/retry`, { POST: administration.retryRejection }],
  [`${APP}/export`, { GET: administration.exportApplication }],
  [`${APP}/import`, { PUT: administration.importApplication }],
  ['/metrics', { GET: operators.getMetrics }],
  [`${APP}/restore`, { POST: past.restoreApplication }],
  [`${APP}/undelete`, { POST: deletion.undeleteApplication }],
  [`${APP}/purge`, { POST: deletion.purgeApplication }],
  [`${APP}/fork`, { POST: past.forkApplication }],
  [`${APP}/diff`, { GET: past.diffVersions }],
  ['/v1/backups', { GET: backups.listBackups, POST: backups.startBackups }],
  ['/v1/backup-status', { GET: backups.getBackupStatus }],
  ['/v1/backup-verification', { POST: backups.verifyBackups }],
  ['/v1/backups/:backup', { GET: backups.getBackup }],
  ['/healthz', { GET: health.getHealth }],
  ['/openapi.json', { GET: getOpenApi }],
];

let made: string | undefined;

/** The document, made when it is first asked for: it takes some ms. */
const document = (): string => {
  made ??= openapi(routes);
  return made;
};
