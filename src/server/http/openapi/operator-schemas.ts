import * as v from 'valibot';
import type {
  AuditedUse,
  AuditPage,
  CountedReads,
  Revoked,
  SharedApplication,
} from '../../../protocol/operator-answers.ts';
import type { RegisteredOwner } from '../../rpc/registry.ts';
import { COUNT, TIME } from './change-schemas.ts';

// The forms of answers to operators [A10] [A11].

/** Who has done it. */
const Actor = v.union([
  v.object({ subject: v.string() }),
  v.object({ secret: v.string() }),
  v.object({ operator: v.pipe(v.literal(true), v.description('Who it was is in the log of operators')) }),
]);
/** The application as `owner/app`, or the owner. */
const Target = v.exactOptional(v.pipe(v.string(), v.description('owner/app, or the owner, percent-encoded')));
const NextId = v.exactOptional(v.pipe(COUNT, v.description('`after` of the next page')));

export const AuditLog = v.object({
  entries: v.array(
    v.object({
      id: COUNT,
      at: TIME,
      actor: Actor,
      what: v.picklist([
        'export',
        'import',
        'delete',
        'undelete',
        'purge',
        'restore',
        'fork',
        'revoke',
        'publish',
        'unpublish',
        'start-backups',
        'verify-backups',
        'read-backup',
      ]),
      target: Target,
      request: v.string(),
      outcome: v.nullable(v.pipe(COUNT, v.description('The status of the answer; null: it is not known'))),
    }),
  ),
  next: NextId,
}) satisfies v.GenericSchema<AuditPage<AuditedUse>>;

export const AuditedReads = v.object({
  entries: v.array(
    v.object({
      id: COUNT,
      at: TIME,
      until: TIME,
      actor: Actor,
      what: v.picklist([
        'list-owners',
        'list-applications',
        'info',
        'metrics',
        'audit',
        'list-backups',
        'backup-status',
      ]),
      target: Target,
      request: v.string(),
      outcome: COUNT,
      count: COUNT,
    }),
  ),
  next: NextId,
}) satisfies v.GenericSchema<AuditPage<CountedReads>>;

/** A page of the owners of a deployment. */
export const OwnerList = v.object({
  owners: v.array(
    v.object({
      owner: v.string(),
      applications: COUNT,
      lastChangeAt: v.nullable(TIME),
      at: v.pipe(TIME, v.description('The time at which this was told')),
    }) satisfies v.GenericSchema<RegisteredOwner>,
  ),
  next: v.exactOptional(v.pipe(v.string(), v.description('`after` of the next page'))),
});

/** What became of a revocation [A13]. */
export const RevokedTokens = v.object({
  subject: v.string(),
  before: v.pipe(COUNT, v.description('Tokens issued before it are refused, seconds since 1970')),
  notified: v.pipe(COUNT, v.description('Number of applications that know of it')),
  pending: v.pipe(COUNT, v.description('Number of applications that are told again later')),
}) satisfies v.GenericSchema<Revoked>;

/** A page of the applications of others that one has used [A14]. */
export const SharedList = v.object({
  applications: v.array(
    v.object({ application: v.string(), role: v.string(), usedAt: TIME }) satisfies v.GenericSchema<SharedApplication>,
  ),
  next: v.exactOptional(v.pipe(v.string(), v.description('`after` of the next page'))),
});
