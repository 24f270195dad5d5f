import * as v from 'valibot';
import type { Definition } from '../../../core/definition.ts';
import type { ClientCounter } from '../../../core/drain/sequence.ts';
import { ANONYMOUS_CLIENT } from '../../../protocol/ids.ts';
import type { Json } from '../../../protocol/json.ts';
import { CLIENTS_MAX, REJECTIONS_MAX } from '../../../protocol/limits.ts';
import { type Problem, problem } from '../../../protocol/problems.ts';
import type { Chunk } from '../storage/chunks.ts';
import { isListed } from '../storage/rejections.ts';
import type { Base, Header as CheckpointHeader } from '../storage/segment.ts';
import type { Staging } from '../storage/staging.ts';
import { checkOperations } from './check-operations.ts';
import { counterOf } from './client-line.ts';
import { AcceptedLine, ClientLine, DrainLine, type Header, type HeaderV2, RejectionLine } from './format.ts';
import { LogCheck } from './log-check.ts';
import { migratedState } from './migrated-state.ts';
import { rejectionOf } from './rejection-line.ts';
import { ReplayedState } from './replayed-state.ts';

/** Rejections of both causes [O6]. */
const LISTED_MAX = 2 * REJECTIONS_MAX;

export interface ImportContentOptions {
  /** The name of the application, for log lines. */
  readonly application: string;
  readonly header: Header;
  readonly definition: Definition;
  readonly staging: Staging;
  /** Time of the import, ms since 1970. */
  readonly now: number;
  /** The state of the second line. */
  readonly state: Json;
}

/** The content of a backup from its third line on: checks each line against what has come before, and stages it. */
export class ImportContent {
  readonly #options: ImportContentOptions;
  readonly #header: HeaderV2;
  readonly #log: LogCheck;
  readonly #state: ReplayedState;
  readonly #base: Base;
  readonly #chunks: readonly Chunk[];
  readonly #counters = new Map<string, ClientCounter>();
  /** Number of idempotency keys among the counters. */
  #keys = 0;
  /** Number of rejections that nobody has settled. */
  #listed = 0;
  /** Version of the last slice. */
  #drained: number | undefined;

  constructor(options: ImportContentOptions) {
    const { header, staging, now, state } = options;
    this.#options = options;
    this.#header = header.formatVersion === 2 ? header : withoutLog(header, now);
    this.#log = new LogCheck(this.#header);
    this.#state = new ReplayedState(state);
    const text = JSON.stringify(state);
    this.#chunks = staging.addState(text);
    const { base, logAfter } = this.#header;
    const weight = this.#state.measure();
    this.#base = { ...base, at: Math.min(base.at, now), size: text.length, weight, logAfter };
  }

  /** Reason why header or state cannot be; undefined when they can. */
  get headerIssue(): string | Problem | undefined {
    return this.#log.headerIssue ?? this.#state.sizeProblem;
  }

  /** Takes a line. @returns the reason why it does not fit; undefined when it does */
  line(value: Json): string | Problem | undefined {
    const kind = typeof value === 'object' && value !== null ? Object.keys(value)[0] : undefined;
    const hasLog = this.#options.header.formatVersion === 2;
    if (kind === 'client') return this.#parsed(ClientLine, value, (line) => this.#client(line));
    if (kind === 'rejection') return this.#parsed(RejectionLine, value, (line) => this.#rejection(line));
    if (kind === 'accepted' && hasLog) return this.#parsed(AcceptedLine, value, (line) => this.#accepted(line));
    if (kind === 'drain' && hasLog) return this.#parsed(DrainLine, value, (line) => this.#drain(line));
    return 'It is no line of a backup.';
  }

  /** The state of its version, which has the shape of the definition version that it names. */
  get state(): Json {
    return this.#state.root;
  }

  /** The checkpoint to store, or the reason why the backup is not whole. */
  finish(): CheckpointHeader | Problem | string {
    const { application, definition, staging } = this.#options;
    const { definitionVersion: version } = this.#header;
    const broken = this.#log.endIssue ?? this.#state.sizeProblem;
    if (broken !== undefined) return broken;
    const migrated = migratedState(definition, { version, state: this.#state.root }, application);
    if ('issue' in migrated) return migrated.issue;
    if (this.#drained !== undefined && this.#drained > this.#base.version)
      staging.correctWeight(this.#drained, this.#state.measure());
    const forgotten = this.#header.clientsForgotten === true ? { forgotten: staging.addForgotten(ALL_FORGOTTEN) } : {};
    return { ...this.#base, ...forgotten, state: this.#chunks, marks: staging.addCounters(this.#counters) };
  }

  #parsed<Schema extends v.GenericSchema>(
    schema: Schema,
    value: Json,
    take: (line: v.InferOutput<Schema>) => string | Problem | undefined,
  ): string | Problem | undefined {
    const read = v.safeParse(schema, value, { abortEarly: true });
    // The line itself, not the output: it keeps what later deployments may have added, and the order of members.
    return read.success ? take(value as v.InferOutput<Schema>) : read.issues[0].message;
  }

  #client(line: ClientLine): string | Problem | undefined {
    const { client } = line;
    if (this.#counters.has(client)) return `The client ${client} comes twice.`;
    const counter = counterOf(line, this.#base);
    if (typeof counter === 'string') return counter;
    const isKey = client.startsWith(ANONYMOUS_CLIENT);
    // Earlier deployments remembered as many keys as clients: of such a backup, the oldest are dropped.
    const count = isKey ? this.#keys : this.#counters.size - this.#keys;
    if (count === CLIENTS_MAX) return tooMany(isKey ? 'idempotency keys' : 'clients', CLIENTS_MAX);
    if (isKey) this.#keys += 1;
    this.#counters.set(client, counter);
    return undefined;
  }

  #rejection(line: RejectionLine): string | Problem | undefined {
    const rejection = rejectionOf(line, this.#header, this.#options.header.formatVersion === 2);
    if (typeof rejection === 'string') return rejection;
    if (isListed(rejection)) this.#listed += 1;
    if (this.#listed > LISTED_MAX) return tooMany('rejections', LISTED_MAX);
    return attempt(() => this.#options.staging.addRejection(rejection));
  }

  #accepted({ accepted }: AcceptedLine): string | undefined {
    const issue = this.#log.accepted(accepted);
    if (issue !== undefined) return issue;
    const { first, last, at } = accepted;
    const [senders, bodies] = [JSON.stringify(accepted.senders), JSON.stringify(accepted.bodies)];
    // A time in the future would hold back the clock of all later changes [D9].
    const row = { first, last, at: Math.min(at, this.#options.now), senders, bodies };
    return attempt(() => this.#options.staging.addAccepted(row));
  }

  #drain({ drain }: DrainLine): string | undefined {
    const issue = this.#log.drain(drain);
    if (issue !== undefined) return issue;
    const operations = checkOperations(drain.patch ?? []);
    if (operations.kind === 'problem') return operations.problem.detail;
    const patch = operations.texts.join(',');
    const at = Math.min(drain.at, this.#options.now);
    const row = { ...drain, at, patch: drain.patch === null ? undefined : patch };
    const failed = attempt(() => this.#options.staging.addDrain(row));
    this.#drained = drain.version;
    if (failed !== undefined || drain.version <= this.#base.version) return failed;
    return this.#state.apply(operations.operations, patch.length);
  }
}

/** A backup of format version 1, as one whose log is empty. */
const withoutLog = (header: Exclude<Header, HeaderV2>, now: number): HeaderV2 => {
  const { version } = header;
  return {
    ...header,
    formatVersion: 2,
    head: version,
    base: { version, head: version, at: now },
    logAfter: version,
    forgotten: 0,
  };
};

/** After an import any client without a counter may be one that was forgotten: the filter's ids are of another epoch. */
const ALL_FORGOTTEN = { generation: 1, count: 0, filter: '' };

const tooMany = (things: string, limit: number): Problem => problem('invalid-import', `Too many ${things}.`, { limit });

/** Refuses a row that no application has written: one larger than SQLite's 2 MB, or a second one of the same seq. */
const attempt = (write: () => void): string | undefined => {
  try {
    write();
    return undefined;
  } catch (error) {
    if (error instanceof Error && /too ?big/i.test(error.message)) return 'It is longer than a row may be.';
    if (error instanceof Error && error.message.includes('UNIQUE constraint')) return 'It comes twice.';
    throw error;
  }
};
