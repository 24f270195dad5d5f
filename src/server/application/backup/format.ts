import * as v from 'valibot';
import { ANONYMOUS_CLIENT } from '../../../protocol/ids.ts';
import type { Json } from '../../../protocol/json.ts';
import { BATCH_CHANGES_MAX, IMPORT_SEQ_MAX, SETTLED_RUNS_MAX } from '../../../protocol/limits.ts';
import { ROLES } from '../../access/principal.ts';
import { checkClaims } from '../../access/reducer-claims.ts';

// A backup is NDJSON [L6]. The first line is the header, the second the state of the checkpoint that the log begins with.
// Then come, a line for each: the client counters of that checkpoint, the rejections, the rows of accepted changes and the
// slices of drains as they are stored, oldest first. The last line has the number of lines before it and their hash.
//
// Format version 1 has the state of the version itself, its client counters and its rejections, without log and last line.
//
// Members that are not named here are accepted and not read: later deployments may write more.

/** The first line of every backup says this. */
export const FORMAT = 'changebucket-backup';

const counter = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(IMPORT_SEQ_MAX));
const positive = v.pipe(counter, v.minValue(1));
const user = v.pipe(v.string(), v.maxLength(256));
const name = v.string();
const match = v.optional(v.union([v.literal('*'), v.array(v.string())]));

const ID = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$/;
/** The id of a client, or that of anonymous changes. */
const sender = v.union([v.literal(ANONYMOUS_CLIENT), v.pipe(v.string(), v.regex(ID))]);
/** The name of a counter: a client's id, or an idempotency key. */
const counterName = v.pipe(v.string(), v.regex(/^~?[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$/));

/** What reducers see of the sender [D14]. */
const rights = {
  role: v.optional(v.picklist(ROLES)),
  claims: v.optional(
    v.pipe(
      v.record(
        v.string(),
        v.custom<Json>(() => true),
      ),
      v.check((claims) => checkClaims(claims) === undefined),
    ),
  ),
};

const general = {
  format: v.literal(FORMAT),
  kind: v.string(),
  definitionVersion: positive,
  version: counter,
};

/** Version 1: the state of a version, without log. */
const HeaderV1 = v.object({ ...general, formatVersion: v.literal(1) });

/** Version 2: a checkpoint and the log that leads from it to the version and the head. */
const HeaderV2 = v.object({
  ...general,
  formatVersion: v.literal(2),
  head: counter,
  /** The checkpoint. `at`: time of acceptance of its head, ms since 1970. */
  base: v.object({ version: counter, head: counter, at: counter }),
  /** Seq of the change before the first one in the log. */
  logAfter: counter,
  /** Number of rejections that had dropped out of the list. */
  forgotten: counter,
  /** Whether the application had forgotten clients: then any client that has no line may be one of them [Q16]. */
  clientsForgotten: v.optional(v.boolean()),
  /** The migrations in the log: the first version of the new shape, and the seq of the change `$migrate` [L7]. */
  migrations: v.optional(v.array(v.object({ version: positive, seq: positive }))),
});

export const Header = v.variant('formatVersion', [HeaderV1, HeaderV2]);
export type Header = v.InferOutput<typeof Header>;
export type HeaderV2 = v.InferOutput<typeof HeaderV2>;

const settledRun = v.object({ n: positive, seq: positive, count: positive, outcome: v.union([counter, v.string()]) });

/** A client's counter, with its last outcomes [O5]. */
export const ClientLine = v.object({
  client: counterName,
  n: positive,
  seq: positive,
  user,
  skip: v.optional(positive),
  settled: v.optional(v.pipe(v.array(settledRun), v.maxLength(SETTLED_RUNS_MAX))),
});
export type ClientLine = v.InferOutput<typeof ClientLine>;

const problemShape = v.looseObject({ type: v.string(), title: v.string(), status: v.number(), detail: v.string() });

const batch = v.pipe(
  v.array(v.looseObject({ name, args: v.unknown() })),
  v.minLength(1),
  v.maxLength(BATCH_CHANGES_MAX),
);

/** A rejection; `batch` has all changes of an atomic batch. Its status is called `fate`, as in the table. */
export const RejectionLine = v.object({
  rejection: v.object({
    change: v.looseObject({
      seq: positive,
      client: sender,
      n: positive,
      user,
      at: counter,
      name,
      args: v.unknown(),
      ...rights,
    }),
    batch: v.optional(batch),
    at: counter,
    problem: problemShape,
    fate: v.picklist(['listed', 'retrying', 'applied', 'discarded']),
    retry: v.optional(positive),
  }),
});
export type RejectionLine = v.InferOutput<typeof RejectionLine>;

const origin = v.object({
  skip: v.optional(positive),
  key: v.optional(v.string()),
  retries: v.optional(positive),
  ...rights,
});

/** One row of accepted changes. `senders` and `bodies` are as they are stored (see stored-change.ts). */
export const AcceptedLine = v.object({
  accepted: v.object({
    first: positive,
    last: positive,
    at: counter,
    senders: v.array(
      v.union([
        v.looseTuple([counter, sender, positive, user, v.nullable(positive), origin]),
        v.strictTuple([counter, sender, positive, user, v.nullable(positive)]),
        v.strictTuple([counter, sender, positive, user]),
      ]),
    ),
    bodies: v.array(v.looseObject({ name: v.optional(name), args: v.unknown(), match, batch: v.optional(positive) })),
  }),
});
export type AcceptedLine = v.InferOutput<typeof AcceptedLine>;

/** One slice of a drain. `patch` is null where it did not fit into a row: the history begins after it. */
export const DrainLine = v.object({
  drain: v.object({
    version: positive,
    base: counter,
    at: counter,
    counts: v.array(counter),
    patch: v.nullable(v.array(v.unknown())),
    problems: v.record(v.pipe(v.string(), v.regex(/^[1-9][0-9]{0,15}$/)), problemShape),
    weight: counter,
  }),
});
export type DrainLine = v.InferOutput<typeof DrainLine>;

/** The last line: the number of lines before it, and the SHA-256 of their bytes, line feeds included. */
export const EndLine = v.object({ end: v.object({ lines: counter, sha256: v.string() }) });
