import type { Operation } from '../openapi/operation.ts';
import { REJECTIONS_QUERY } from '../request/filter-parameters.ts';
import * as backup from '../routes/backup.ts';
import * as routes from '../routes/log-and-rejections.ts';
import { LOG_QUERY } from '../routes/log-and-rejections.ts';

const JSON_TYPE = 'application/json';
const NDJSON = 'application/x-ndjson';
const POSITION = ['Changebucket-Position'] as const;

export const getLog: Operation = {
  handle: routes.getLog,
  operationId: 'getLog',
  summary: 'List changes whose turn has come, in pages [L7] [L15]',
  access: 'reader',
  query: LOG_QUERY,
  answers: { 200: { description: 'A page of the log', headers: POSITION, content: { [JSON_TYPE]: 'LogPage' } } },
  problems: [],
};

export const getRejections: Operation = {
  handle: routes.getRejections,
  operationId: 'getRejections',
  summary: 'List rejected changes that nobody has discarded, in pages [O3] [O6]',
  access: 'admin',
  query: REJECTIONS_QUERY,
  answers: { 200: { description: 'The list', headers: POSITION, content: { [JSON_TYPE]: 'Rejections' } } },
  problems: [],
};

export const discardRejection: Operation = {
  handle: routes.discardRejection,
  operationId: 'discardRejection',
  summary: 'Discard a rejected change [O4]',
  access: 'admin',
  answers: { 204: { description: 'It is no longer listed' } },
  problems: ['unknown-rejection', 'budget-exceeded'],
};

export const retryRejection: Operation = {
  handle: routes.retryRejection,
  operationId: 'retryRejection',
  summary: 'Queue a rejected change again [O4]',
  access: 'admin',
  answers: {
    202: {
      description: 'It is in the queue again',
      headers: [...POSITION, 'Changebucket-Cost', 'Server-Timing', 'Location'],
      content: { [JSON_TYPE]: 'Retried' },
    },
  },
  problems: ['unknown-rejection', 'queue-full', 'budget-exceeded'],
};

export const exportApplication: Operation = {
  handle: backup.exportApplication,
  operationId: 'exportApplication',
  summary: 'Export a backup [L6]',
  access: 'admin',
  operatorUse: { form: 'act', what: 'export' },
  answers: {
    200: {
      description: 'The backup, streamed',
      headers: [...POSITION, 'Content-Disposition'],
      content: { [NDJSON]: 'Backup' },
    },
  },
  problems: [],
};

export const importApplication: Operation = {
  handle: backup.importApplication,
  operationId: 'importApplication',
  summary: 'Import a backup, under a new epoch [L6]',
  access: 'admin',
  operatorUse: { form: 'act', what: 'import' },
  ownersAct: 'import',
  body: { [NDJSON]: 'Backup' },
  answers: { 200: { description: 'It was imported', headers: POSITION, content: { [JSON_TYPE]: 'Info' } } },
  problems: [
    'invalid-utf8',
    'unsupported-media-type',
    'too-large',
    'invalid-import',
    'unknown-kind',
    'state-too-large',
    'budget-exceeded',
  ],
};
