import * as v from 'valibot';
import type { LogEntry } from '../../../protocol/answers.ts';
import { DETAIL_LENGTH_MAX } from '../../../protocol/limits.ts';
import type { PatchOperation } from '../../../protocol/patch.ts';
import { PROBLEMS, type ProblemBody, type ProblemName, type ProblemType } from '../../../protocol/problems.ts';
import type { Receipt, Ticket } from '../../../protocol/receipt.ts';
import { REJECTION_CAUSES } from '../../../protocol/rejection-cause.ts';

// The forms of answers about changes. Each is compared with the type that the code has for it, and by the worker tests
// with every answer that they see.

/** A number of things, bytes or milliseconds. */
export const COUNT = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** A client's n, or a seq [I2]. */
const COUNTER = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
/** Milliseconds since 1970. */
export const TIME = v.pipe(COUNT, v.description('ms since 1970'));

/** A problem (RFC 9457) [E1]. */
export const Problem = v.object({
  type: v.pipe(
    // Any text: outcomes that another deployment has recorded stay as they are.
    v.union([
      v.picklist(
        (Object.keys(PROBLEMS) as ProblemName[]).map((name): ProblemType => `urn:changebucket:problem:${name}`),
      ),
      v.string(),
    ]),
    v.description(
      Object.entries(PROBLEMS)
        .map(([name, [status, title]]) => `${name}: ${status} ${title}`)
        .join('\n'),
    ),
  ),
  title: v.string(),
  status: v.pipe(v.number(), v.integer(), v.minValue(400), v.maxValue(599)),
  detail: v.pipe(v.string(), v.maxLength(DETAIL_LENGTH_MAX)),
  expected: v.exactOptional(v.pipe(COUNTER, v.description('The n that the server accepts next from this client'))),
  limit: v.exactOptional(v.number()),
  size: v.exactOptional(v.number()),
  retryAfter: v.exactOptional(v.pipe(v.number(), v.description('Seconds to wait before the next attempt'))),
  needed: v.exactOptional(v.pipe(v.string(), v.description('The role that suffices'))),
  oldest: v.exactOptional(v.pipe(COUNT, v.description('The oldest version that the history has'))),
  version: v.exactOptional(COUNT),
  etag: v.exactOptional(v.string()),
  outcome: v.exactOptional(v.string()),
  seq: v.exactOptional(COUNTER),
  reason: v.exactOptional(v.pipe(v.string(), v.description('The reason that the definition has given to reject()'))),
  prefix: v.exactOptional(v.pipe(v.string(), v.description('Begins client ids that are certainly new'))),
  accepted: v.exactOptional(v.pipe(v.boolean(), v.description('Whether the push has used its n'))),
  kinds: v.exactOptional(v.pipe(v.array(v.string()), v.description('The kinds of the deployment'))),
  pointer: v.exactOptional(v.pipe(v.string(), v.description('JSON Pointer of the value that is no JSON'))),
  index: v.exactOptional(v.pipe(COUNT, v.description('Which change of the batch, or operation of the patch'))),
}) satisfies v.GenericSchema<ProblemBody>;

const RECEIPT = {
  client: v.string(),
  n: COUNTER,
  seq: COUNTER,
  repeated: v.exactOptional(v.literal(true)),
};

/** The version of the state when a push was answered. */
const ANSWERED_AT = { version: COUNT };

/** The answer to an accepted change [Q1]. */
export const AcceptedChange = v.object({ ...RECEIPT, ...ANSWERED_AT }) satisfies v.GenericSchema<Receipt>;

/** A change that is in the queue [Q1]. */
export const ReceiptOfChange = v.object(RECEIPT) satisfies v.GenericSchema<Receipt>;

export const AcceptedBatch = v.object({ receipts: v.array(ReceiptOfChange), ...ANSWERED_AT });

/** The receipts of an atomic batch that was retried [O4]. */
export const RetriedBatch = v.object({ receipts: v.array(ReceiptOfChange) });

/** What became of a change [O1]. */
export const TicketOfChange = v.variant('status', [
  v.object({ ...RECEIPT, status: v.literal('queued') }),
  v.object({ ...RECEIPT, status: v.literal('applied'), version: COUNT }),
  v.object({ ...RECEIPT, status: v.picklist(['rejected', 'dead']), problem: Problem }),
]) satisfies v.GenericSchema<Ticket>;

export const SettledBatch = v.object({ tickets: v.array(TicketOfChange), ...ANSWERED_AT });

/** A patch from the server [S4]. */
export const StatePatch = v.array(
  v.variant('op', [
    v.object({ op: v.picklist(['add', 'replace']), path: v.string(), value: v.unknown() }),
    v.object({ op: v.literal('remove'), path: v.string() }),
  ]),
);

/** A patch to the server (RFC 6902) [J9]. */
export const PatchBody = v.array(
  v.variant('op', [
    v.object({ op: v.picklist(['add', 'replace', 'test']), path: v.string(), value: v.unknown() }),
    v.object({ op: v.literal('remove'), path: v.string() }),
    v.object({ op: v.picklist(['move', 'copy']), from: v.string(), path: v.string() }),
  ]),
) satisfies v.GenericSchema<unknown, readonly { readonly op: PatchOperation['op'] }[]>;

const LOGGED = { seq: COUNTER, client: v.string(), n: COUNTER, user: v.string(), acceptedAt: TIME };

/** Changes whose turn has come [L7]. */
export const LogPage = v.object({
  entries: v.array(
    v.object({
      ...LOGGED,
      name: v.string(),
      args: v.unknown(),
      appliedAt: TIME,
      outcome: v.picklist(['applied', 'rejected', 'dead']),
      problem: v.exactOptional(Problem),
      retries: v.exactOptional(v.pipe(COUNTER, v.description('The seq of the rejected change that this one retried'))),
      version: v.exactOptional(v.pipe(COUNT, v.description('Of a migration: the first version of the new shape'))),
    }) satisfies v.GenericSchema<LogEntry>,
  ),
  floor: v.pipe(COUNT, v.description('The history has what comes after this seq')),
  next: v.exactOptional(v.pipe(COUNTER, v.description('`after` of the next page'))),
});

const REJECTED = {
  ...LOGGED,
  rejectedAt: TIME,
  problem: Problem,
  cause: v.pipe(v.picklist(REJECTION_CAUSES), v.description('Whether a rule meant it, or code has failed')),
  status: v.picklist(['rejected', 'dead', 'retrying']),
  retry: v.exactOptional(v.pipe(COUNTER, v.description('The seq of the newest retry'))),
};
const REJECTED_CHANGE = { name: v.string(), args: v.unknown() };

/** What was rejected, and nobody has discarded [O3]. */
export const Rejections = v.object({
  rejections: v.array(
    v.union([
      v.object({ ...REJECTED, ...REJECTED_CHANGE }),
      v.object({
        ...REJECTED,
        changes: v.array(
          v.object({ seq: COUNTER, n: COUNTER, ...REJECTED_CHANGE, nonce: v.exactOptional(v.string()) }),
        ),
      }),
    ]),
  ),
  more: v.pipe(v.boolean(), v.description('Whether there are others')),
  next: v.exactOptional(v.pipe(COUNTER, v.description('`after` of the next page'))),
});
