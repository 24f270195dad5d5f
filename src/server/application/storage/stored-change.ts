import type { QueuedChange } from '../../../core/drain/reduce.ts';
import type { Precondition } from '../../../protocol/change.ts';
import type { Json } from '../../../protocol/json.ts';

/** A change as it was accepted. Its seq and time are its row's. */
export interface StoredChange {
  readonly client: string;
  readonly n: number;
  readonly user: string;
  readonly name: string;
  readonly args: Json;
  readonly match?: Precondition;
  readonly batch?: number;
  /** The seq of the same client's change before: how an older one is found without an index row for each. */
  readonly previous?: number;
  /** The idempotency key it came with [Q8]. */
  readonly key?: string;
  /** The seq of the rejected change that this one tries again [O4]. */
  readonly retries?: number;
}

export interface LoggedChange extends StoredChange, QueuedChange {}

/** Who sent a change; the client's later ones may follow in the same row. */
export type SentBy = Pick<LoggedChange, 'seq' | 'client' | 'n' | 'user' | 'previous' | 'key' | 'retries'>;

/**
 * Changes that were accepted in one turn, as their row holds them: who sent them apart from what they ask, so that a
 * cold start learns where each client stands without parsing what was asked.
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

/** `place` is that of the run's first change in the row; every further change has the next n. */
type Sender = readonly [
  place: number,
  client: string,
  n: number,
  user: string,
  previous?: number | null,
  rest?: Pick<SentBy, 'key' | 'retries'>,
];

/** Without a name it has that of the change before it. */
type Body = Pick<StoredChange, 'args' | 'match' | 'batch'> & { readonly name?: string };

/** Everything of a `Sender` but its place, which depends on the row; empty for a change that goes on with a run. */
export const serializeSender = (change: SentBy, before: SentBy | undefined): string => {
  if (before !== undefined && isNext(change, before)) return '';
  const { client, n, user, previous, key, retries } = change;
  const rest = key === undefined && retries === undefined ? [] : [previous ?? null, { key, retries }];
  const whole = rest.length > 0 || previous === undefined ? rest : [previous];
  return JSON.stringify([client, n, user, ...whole]).slice(1);
};

/** @param printed what `printSender` printed */
export const positionSender = (place: number, printed: string): string => `[${place},${printed}`;

const isNext = (change: SentBy, before: SentBy): boolean =>
  change.previous === before.seq &&
  change.client === before.client &&
  change.n === before.n + 1 &&
  change.user === before.user &&
  change.key === undefined &&
  change.retries === undefined;

/**
 * What a change asks.
 *
 * @param args their JSON text, taken as it came
 * @param before the change before it in the same row
 */
export const serializeBody = (change: LoggedChange, args: string, before: LoggedChange | undefined): string => {
  const { match, batch } = change;
  const name = change.name === before?.name ? undefined : change.name;
  if (name === undefined && match === undefined && batch === undefined) return `{"args":${args}}`;
  return `${JSON.stringify({ name, match, batch }).slice(0, -1)},"args":${args}}`;
};

/** The changes of a row, whole again. */
export const readChanges = (row: AcceptedRow): LoggedChange[] => {
  const bodies = JSON.parse(row.bodies) as Body[];
  const senders = readSenders(row);
  const changes: LoggedChange[] = [];
  let name = '';
  for (const [place, sent] of senders.entries()) {
    const end = senders[place + 1]?.seq ?? row.last + 1;
    for (let seq = sent.seq; seq < end; seq += 1) {
      const body = bodies[seq - row.first] as Body;
      name = body.name ?? name;
      changes.push({ ...later(sent, seq - sent.seq), ...body, name, at: row.at });
    }
  }
  return changes;
};

/** The first change of each run. */
const readSenders = ({ first, senders }: Pick<AcceptedRow, 'first' | 'senders'>): SentBy[] =>
  (JSON.parse(senders) as Sender[]).map(([place, client, n, user, previous, rest]) => ({
    ...{ seq: first + place, client, n, user },
    ...(typeof previous === 'number' ? { previous } : {}),
    ...rest,
  }));

/** The last change of each run: where its client stands after it. */
export const lastOfRuns = (row: Pick<AcceptedRow, 'first' | 'last' | 'senders'>): SentBy[] =>
  readSenders(row).map((sent, place, all) => later(sent, (all[place + 1]?.seq ?? row.last + 1) - 1 - sent.seq));

const later = (sent: SentBy, steps: number): SentBy => {
  if (steps === 0) return sent;
  const { seq, client, n, user } = sent;
  return { client, n: n + steps, user, seq: seq + steps, previous: seq + steps - 1 };
};
