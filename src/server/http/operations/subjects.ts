import type { Operation } from '../openapi/operation.ts';
import * as audit from '../routes/audit.ts';
import { AUDIT_QUERY } from '../routes/audit.ts';
import * as routes from '../routes/subjects.ts';
import { REVOKE_QUERY, SHARED_QUERY } from '../routes/subjects.ts';

const JSON_TYPE = 'application/json';

export const revokeTokens: Operation = {
  handle: routes.revokeTokens,
  operationId: 'revokeTokens',
  summary: 'Revoke the tokens of a subject that were issued before a time [A13]',
  access: 'subject',
  operatorUse: { form: 'act', what: 'revoke' },
  ownersAct: 'revoke',
  query: REVOKE_QUERY,
  answers: { 200: { description: 'They are revoked', content: { [JSON_TYPE]: 'Revoked' } } },
  problems: [],
};

export const getOwnersAudit: Operation = {
  handle: audit.getOwnersAudit,
  operationId: 'getOwnersAudit',
  summary: 'List what was done with the applications of an owner, and by whom, in pages [A11]',
  access: 'subject',
  operatorUse: { form: 'read', what: 'audit' },
  query: AUDIT_QUERY,
  answers: { 200: { description: 'A page of the log', content: { [JSON_TYPE]: 'AuditLog' } } },
  problems: [],
};

export const listShared: Operation = {
  handle: routes.listShared,
  operationId: 'listShared',
  summary: 'List the applications of others that one has used, in pages [A14]',
  access: 'anyone',
  query: SHARED_QUERY,
  answers: { 200: { description: 'A page of the list', content: { [JSON_TYPE]: 'SharedList' } } },
  problems: [],
};
