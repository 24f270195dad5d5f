import type { Operation } from '../openapi/operation.ts';
import * as audit from '../routes/audit.ts';
import { AUDIT_QUERY } from '../routes/audit.ts';
import { getMetrics as printMetrics } from '../routes/metrics.ts';
import * as owners from '../routes/owners.ts';
import { OWNERS_QUERY } from '../routes/owners.ts';

const JSON_TYPE = 'application/json';

export const listOwners: Operation = {
  handle: owners.listOwners,
  operationId: 'listOwners',
  summary: 'List the owners of applications, in pages [A10]',
  access: 'operator',
  operatorUse: { form: 'read', what: 'list-owners' },
  query: OWNERS_QUERY,
  answers: { 200: { description: 'A page of the list', content: { [JSON_TYPE]: 'OwnerList' } } },
  problems: [],
};

export const getMetrics: Operation = {
  handle: printMetrics,
  operationId: 'getMetrics',
  summary: 'Get the numbers of all applications for Prometheus [G1]',
  access: 'operator',
  operatorUse: { form: 'read', what: 'metrics' },
  answers: { 200: { description: 'Text format 0.0.4', content: { 'text/plain': 'Metrics' } } },
  problems: [],
};

export const getAudit: Operation = {
  handle: audit.getAudit,
  operationId: 'getAudit',
  summary: 'List what operators have done, in pages [A11]',
  access: 'operator',
  operatorUse: { form: 'read', what: 'audit' },
  query: AUDIT_QUERY,
  answers: { 200: { description: 'A page of the log', content: { [JSON_TYPE]: 'AuditLog' } } },
  problems: [],
};

export const getAuditedReads: Operation = {
  handle: audit.getAuditedReads,
  operationId: 'getAuditedReads',
  summary: 'List what operators have looked at, and how often, by the hour [A11]',
  access: 'operator',
  operatorUse: { form: 'read', what: 'audit' },
  query: AUDIT_QUERY,
  answers: { 200: { description: 'A page of the counts', content: { [JSON_TYPE]: 'AuditedReads' } } },
  problems: [],
};
