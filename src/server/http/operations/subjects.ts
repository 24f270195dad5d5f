import type { Operation } from '../openapi/operation.ts';
import * as routes from '../routes/subjects.ts';
import { REVOKE_QUERY, SHARED_QUERY } from '../routes/subjects.ts';

const JSON_TYPE = 'application/json';

export const revokeTokens: Operation = {
  handle: routes.revokeTokens,
  operationId: 'revokeTokens',
  summary: 'Revoke the tokens of a subject that were issued before a time [A13]',
  access: 'subject',
  operatorUse: { form: 'act', what: 'revoke' },
  query: REVOKE_QUERY,
  answers: { 200: { description: 'They are revoked', content: { [JSON_TYPE]: 'Revoked' } } },
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
