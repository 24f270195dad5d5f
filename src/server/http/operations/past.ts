import type { Operation } from '../openapi/operation.ts';
import { JSON_BODY_PROBLEMS } from '../openapi/problem-answers.ts';
import * as routes from '../routes/past.ts';
import { DIFF_QUERY } from '../routes/past.ts';

const JSON_TYPE = 'application/json';
const POSITION = ['Changebucket-Position'] as const;
const INFO = { [JSON_TYPE]: 'Info' } as const;

/** What no backup and no state of the past may be. */
const OF_CONTENT = ['invalid-restore', 'invalid-import', 'unknown-kind', 'state-too-large', 'budget-exceeded'] as const;
const OF_POINT = ['unknown-version', 'history-expired', 'too-large'] as const;

export const restoreApplication: Operation = {
  handle: routes.restoreApplication,
  operationId: 'restoreApplication',
  summary: 'Bring the state back to a version, a time or a backup, under a new epoch [L12]',
  access: 'admin',
  operatorUse: { form: 'act', what: 'restore' },
  ownersAct: 'restore',
  body: { [JSON_TYPE]: 'RestoreSource', 'application/x-ndjson': 'Backup' },
  answers: { 200: { description: 'It was restored', headers: POSITION, content: { [JSON_TYPE]: 'Restored' } } },
  problems: [
    ...[...JSON_BODY_PROBLEMS, ...OF_POINT, ...OF_CONTENT],
    ...(['kind-conflict', 'migration-failed', 'recovery-unavailable'] as const),
  ],
};

export const forkApplication: Operation = {
  handle: routes.forkApplication,
  operationId: 'forkApplication',
  summary: 'Make another application of the state [L13]',
  access: 'reader',
  operatorUse: { form: 'act', what: 'fork' },
  body: { [JSON_TYPE]: 'Fork' },
  answers: { 201: { description: 'It was made', headers: [...POSITION, 'Location'], content: INFO } },
  problems: [...JSON_BODY_PROBLEMS, ...OF_POINT, ...OF_CONTENT, 'forbidden', 'already-exists'],
};

export const diffVersions: Operation = {
  handle: routes.diffVersions,
  operationId: 'diffVersions',
  summary: 'Get the JSON Patch from one version to another [L14]',
  access: 'reader',
  query: DIFF_QUERY,
  answers: {
    200: { description: 'The patch', headers: POSITION, content: { 'application/json-patch+json': 'StatePatch' } },
  },
  problems: [...OF_POINT],
};
