import { type ConversionConfig, toJsonSchemaDefs } from '@valibot/to-json-schema';
import * as v from 'valibot';
import { Batch, Named } from '../request/change-body.ts';
import { Creation } from '../request/creation-body.ts';
import { ForkBody, PlatformBody, RestoreBody } from '../request/past-point.ts';
import * as applications from './application-schemas.ts';
import { BackupList, BackupProgress } from './backup-schemas.ts';
import * as changes from './change-schemas.ts';
import * as operators from './operator-schemas.ts';

/** Any JSON value. */
const Any = v.unknown();

/** Every named schema of the document. Those of requests are the ones that validate them. */
const SCHEMAS = {
  Change: Named,
  Batch,
  Creation,
  PastPoint: RestoreBody,
  PlatformPoint: PlatformBody,
  Fork: ForkBody,
  MergePatch: v.pipe(Any, v.description('A merge patch (RFC 7396)')),
  JsonPatch: changes.PatchBody,
  Problem: changes.Problem,
  AcceptedChange: changes.AcceptedChange,
  AcceptedBatch: changes.AcceptedBatch,
  Receipt: changes.ReceiptOfChange,
  RetriedBatch: changes.RetriedBatch,
  Ticket: changes.TicketOfChange,
  SettledBatch: changes.SettledBatch,
  StatePatch: changes.StatePatch,
  LogPage: changes.LogPage,
  Rejections: changes.Rejections,
  Info: applications.Info,
  Restored: v.object({ ...applications.Info.entries, undo: v.optional(PlatformBody) }),
  ApplicationList: applications.ApplicationList,
  DeletedList: applications.DeletedList,
  OwnerList: operators.OwnerList,
  AuditLog: operators.AuditLog,
  AuditedReads: operators.AuditedReads,
  Revoked: operators.RevokedTokens,
  SharedList: operators.SharedList,
  BackupList,
  BackupProgress,
  Health: v.object({
    status: v.picklist(['ok', 'late']),
    backup: v.exactOptional(v.object({ age: v.pipe(v.number(), v.description('s')) })),
  }),
};

/** Schemas that JSON Schema can say and valibot cannot: texts that are no JSON, and any JSON value. */
const OTHERS = {
  State: {
    description: 'The state of the application, or a part of it: any JSON value, as its kind says.',
    type: ['object', 'array', 'string', 'number', 'boolean', 'null'],
    additionalProperties: true,
    items: {},
  },
  OpenApi: {
    description: 'This document.',
    type: 'object',
    properties: { openapi: { type: 'string' } },
    required: ['openapi'],
    additionalProperties: true,
  },
  EventStream: { type: 'string', description: 'Server-sent events: state, patch, gone and end.' },
  Metrics: { type: 'string', description: 'Metrics in the text format of Prometheus.' },
  Backup: { type: 'string', description: 'NDJSON: one JSON value on each line.' },
  OutcomeOrState: { anyOf: [reference('Ticket'), reference('State')] },
  OutcomesOrState: { anyOf: [reference('SettledBatch'), reference('State')] },
  ApplicationsOrDeleted: { anyOf: [reference('ApplicationList'), reference('DeletedList')] },
  RestoreSource: { anyOf: [reference('PastPoint'), reference('PlatformPoint')] },
  Retried: { anyOf: [reference('Receipt'), reference('RetriedBatch')] },
} as const;

/** The name of a schema in the document. */
export type SchemaName = keyof typeof SCHEMAS | keyof typeof OTHERS;

/** A reference to a schema of the document. */
export function reference(name: string): { readonly $ref: string } {
  return { $ref: `#/components/schemas/${name}` };
}

const CONVERSION: ConversionConfig = {
  target: 'draft-2020-12',
  typeMode: 'input',
  overrideRef: ({ referenceId }) => reference(referenceId).$ref,
};

/** All named schemas as JSON Schema. */
export const describeSchemas = (): Record<string, object> => ({ ...toJsonSchemaDefs(SCHEMAS, CONVERSION), ...OTHERS });
