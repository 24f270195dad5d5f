import type { Operation } from '../openapi/operation.ts';
import * as routes from '../routes/backups.ts';
import { BACKUPS_QUERY, VERIFICATION_QUERY } from '../routes/backups.ts';

export const listBackups: Operation = {
  handle: routes.listBackups,
  operationId: 'listBackups',
  summary: 'List the scheduled backups, in pages [K5]',
  access: 'operator',
  operatorUse: { form: 'read', what: 'list-backups' },
  query: BACKUPS_QUERY,
  answers: { 200: { description: 'A page of the list', content: { 'application/json': 'BackupList' } } },
  problems: [],
};

export const startBackups: Operation = {
  handle: routes.startBackups,
  operationId: 'startBackups',
  summary: 'Begin a run of backups [K2]',
  access: 'operator',
  operatorUse: { form: 'act', what: 'start-backups' },
  answers: { 202: { description: 'A run is in progress', content: { 'application/json': 'BackupProgress' } } },
  problems: [],
};

export const verifyBackups: Operation = {
  handle: routes.verifyBackups,
  operationId: 'verifyBackups',
  summary: 'Begin a verification of the stored backups [K6]',
  access: 'operator',
  operatorUse: { form: 'act', what: 'verify-backups' },
  query: VERIFICATION_QUERY,
  answers: { 202: { description: 'A verification is in progress', content: { 'application/json': 'BackupProgress' } } },
  problems: [],
};

export const getBackupStatus: Operation = {
  handle: routes.getBackupStatus,
  operationId: 'getBackupStatus',
  summary: 'Get how the runs and verifications of backups do [K6]',
  access: 'operator',
  operatorUse: { form: 'read', what: 'backup-status' },
  answers: {
    200: { description: 'What is in progress, and what was last', content: { 'application/json': 'BackupProgress' } },
  },
  problems: [],
};

export const getBackup: Operation = {
  handle: routes.getBackup,
  operationId: 'getBackup',
  summary: 'Get the content of a backup [K5]',
  access: 'operator',
  operatorUse: { form: 'act', what: 'read-backup' },
  answers: { 200: { description: 'The backup, streamed', content: { 'application/x-ndjson': 'Backup' } } },
  problems: ['invalid-id', 'unknown-backup'],
};
