import type { QueuedChange } from '../../../core/reduce.ts';
import type { Precondition } from '../../../protocol/change.ts';
import type { Json } from '../../../protocol/json.ts';
import type { Spent } from '../tally.ts';

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

/** Changes that were accepted in one turn: a row of `changes_k`, or the front of one of `drains_k` [D11]. */
export interface AcceptedRow {
  readonly first: number;
  readonly last: number;
  readonly at: number;
  /** A JSON array. Its first element also says what the application had `spent` by then [C1]. */
  readonly changes: string;
}

/**
 * A change as its row holds it; the args' text is taken as it came. What goes on where the one before it stopped (same
 * client, next n) leaves out who it is: in a batch of small changes that would be most of the row.
 *
 * @param before the change before it in the same row
 */
export const printChange = (change: LoggedChange, args: string, before: LoggedChange | undefined): string => {
  const { seq: _seq, at: _at, args: _args, ...whole } = change;
  if (before === undefined || !isNext(change, before)) return withArgs(JSON.stringify(whole), args);
  const { match, batch, name } = change;
  const isPlain = name === before.name && match === undefined && batch === undefined;
  return isPlain ? `{"args":${args}}` : withArgs(JSON.stringify({ name, match, batch }), args);
};

const withArgs = (object: string, args: string): string => `${object.slice(0, -1)},"args":${args}}`;

const isNext = (change: LoggedChange, before: LoggedChange): boolean =>
  change.previous === before.seq &&
  change.client === before.client &&
  change.n === before.n + 1 &&
  change.user === before.user &&
  change.key === undefined &&
  change.retries === undefined;

/** What `printChange` printed. */
type Printed = Partial<StoredChange> & { readonly args: Json; readonly spent?: Spent };

/** The changes of a row, whole again. */
export const readChanges = ({ first, at, changes }: AcceptedRow): LoggedChange[] => {
  let before: LoggedChange | undefined;
  return (JSON.parse(changes) as Printed[]).map(({ spent: _spent, ...printed }, index) => {
    const change = { ...(printed.client === undefined ? goesOn(before) : {}), ...printed, seq: first + index, at };
    before = change as LoggedChange;
    return before;
  });
};

const goesOn = (before: LoggedChange | undefined): Partial<StoredChange> => {
  if (before === undefined) throw new Error('a row begins with a change that says who it is');
  const { client, n, user, name, seq } = before;
  return { client, n: n + 1, user, name, previous: seq };
};
