import type { SenderRights } from '../../../core/definition.ts';
import type { QueuedChange } from '../../../core/drain/reduce.ts';
import type { Precondition } from '../../../protocol/change.ts';
import type { Json } from '../../../protocol/json.ts';

/** An accepted change, as it is stored. Its seq and time follow from its row. */
export interface StoredChange extends SenderRights {
  readonly client: string;
  readonly n: number;
  readonly user: string;
  readonly name: string;
  readonly args: Json;
  readonly match?: Precondition;
  /** Sent by the client [Q18]. */
  readonly nonce?: string;
  readonly batch?: number;
  /** Seq of the client's change before: older changes are found along this chain, without an index row for each. */
  readonly previous?: number;
  /** Seq of the client's change `SKIP_CHANGES` before. Only changes have it whose n is a multiple of that. */
  readonly skip?: number;
  /** The idempotency key it came with [Q8]. */
  readonly key?: string;
  /** Seq of the rejected change that this one retries [O4]. */
  readonly retries?: number;
}

export interface LoggedChange extends StoredChange, QueuedChange {}

/** The sender of a change. */
export type SentBy = Pick<
  LoggedChange,
  'seq' | 'client' | 'n' | 'user' | 'previous' | 'skip' | 'key' | 'retries' | 'role' | 'claims'
>;

/**
 * A row of changes that were accepted in one turn. Senders and bodies are apart, so that a cold start can restore the
 * client counters without parsing the bodies.
 */
export interface AcceptedRow {
  readonly first: number;
  readonly last: number;
  readonly at: number;
  /** A JSON array with a `Sender` for each run of changes that one client sent one after the other. */
  readonly senders: string;
  /** A JSON array with a `Body` for each change. */
  readonly bodies: string;
}

/** The sender of a run of changes, which has the role and the claims of the first. `index` is the index of the run's first change in the row; each further one has the next n. */
type Sender = readonly [
  index: number,
  client: string,
  n: number,
  user: string,
  previous?: number | null,
  rest?: Pick<SentBy, 'skip' | 'key' | 'retries' | 'role' | 'claims'>,
];

/** Name, args and conditions of a change. Without a name it has the name of the change before it. */
type Body = Pick<StoredChange, 'args' | 'match' | 'batch' | 'nonce'> & { readonly name?: string };

/** The JSON text of a `Sender` without its index, which depends on the row. Empty when the change continues a run. */
export const serializeSender = (change: SentBy, before: SentBy | undefined): string => {
  if (before !== undefined && continuesRun(change, before)) return '';
  const { client, n, user, previous, skip, key, retries, role, claims } = change;
  const others = { skip, key, retries, role, claims };
  const isPlain = Object.values(others).every((each) => each === undefined);
  const rest = isPlain ? [] : [previous ?? null, others];
  const optional = rest.length > 0 || previous === undefined ? rest : [previous];
  return JSON.stringify([client, n, user, ...optional]).slice(1);
};

/** Adds the index to the text of `serializeSender`. */
export const positionSender = (index: number, sender: string): string => `[${index},${sender}`;

/** Whether it is the next change of the same client, with nothing else to store about its sender. */
const continuesRun = (change: SentBy, before: SentBy): boolean =>
  change.previous === before.seq &&
  change.client === before.client &&
  change.n === before.n + 1 &&
  change.user === before.user &&
  change.skip === undefined &&
  change.key === undefined &&
  change.retries === undefined &&
  change.role === before.role &&
  (change.claims === before.claims || JSON.stringify(change.claims) === JSON.stringify(before.claims));

/**
 * The JSON text of a `Body`.
 *
 * @param args their JSON text, as it was received
 * @param before the change before it in the same row
 */
export const serializeBody = (change: LoggedChange, args: string, before: LoggedChange | undefined): string => {
  const { match, batch, nonce } = change;
  const name = change.name === before?.name ? undefined : change.name;
  const isPlain = name === undefined && match === undefined && batch === undefined && nonce === undefined;
  return isPlain ? `{"args":${args}}` : `${JSON.stringify({ name, match, batch, nonce }).slice(0, -1)},"args":${args}}`;
};

/** The changes of a row. */
export const readChanges = (row: AcceptedRow): LoggedChange[] => {
  const bodies = JSON.parse(row.bodies) as Body[];
  const senders = readSenders(row);
  const changes: LoggedChange[] = [];
  let name = '';
  for (const [index, sent] of senders.entries()) {
    const end = senders[index + 1]?.seq ?? row.last + 1;
    for (let seq = sent.seq; seq < end; seq += 1) {
      const body = bodies[seq - row.first] as Body;
      name = body.name ?? name;
      changes.push({ ...laterInRun(sent, seq - sent.seq), ...body, name, at: row.at });
    }
  }
  return changes;
};

/** The first change of each run. */
const readSenders = ({ first, senders }: Pick<AcceptedRow, 'first' | 'senders'>): SentBy[] =>
  (JSON.parse(senders) as Sender[]).map(([index, client, n, user, previous, rest]) => ({
    seq: first + index,
    client,
    n,
    user,
    ...(typeof previous === 'number' ? { previous } : {}),
    ...rest,
  }));

/** The last change of each run, which is what the client counters need. */
export const lastOfRuns = (row: Pick<AcceptedRow, 'first' | 'last' | 'senders'>): SentBy[] =>
  readSenders(row).map((sent, index, all) => laterInRun(sent, (all[index + 1]?.seq ?? row.last + 1) - 1 - sent.seq));

/** A run of changes that one client sent one after the other. */
export interface SentRun {
  readonly first: SentBy;
  readonly last: SentBy;
}

export const runsOf = (row: Pick<AcceptedRow, 'first' | 'last' | 'senders'>): SentRun[] => {
  const lasts = lastOfRuns(row);
  return readSenders(row).map((first, index) => ({ first, last: lasts[index] ?? first }));
};

/** The sender of the change that comes `steps` changes after the first of its run. */
const laterInRun = (sent: SentBy, steps: number): SentBy => {
  if (steps === 0) return sent;
  const { seq, client, n, user, role, claims } = sent;
  return {
    client,
    n: n + steps,
    user,
    seq: seq + steps,
    previous: seq + steps - 1,
    ...(role === undefined ? {} : { role }),
    ...(claims === undefined ? {} : { claims }),
  };
};
