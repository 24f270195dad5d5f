// The public entry point `changebucket/tanstack-db`: a keyed part of the state as a collection of TanStack DB.

import type { Collection, CollectionConfig, OperationType, PendingMutation } from '@tanstack/db';
import type { LightClient } from '../client/client-api.ts';
import type { BatchPushOf } from '../client/options.ts';
import type { Definition, StateOf } from '../core/definition.ts';
import { type Keyed, type RowWriter, writeDifference } from './rows.ts';

/** A row: a value of the state, with its key as one of its members. */
export type RowOf<Value extends object, Key extends string = 'id'> = Value & { readonly [Name in Key]: string };

/**
 * A mutation of a row, one type for each `type`: only an insert has no row before it, so `original` is the row where `type`
 * is update or delete.
 */
export type RowMutation<Row extends object> = {
  readonly [Type in OperationType]: PendingMutation<Row, Type, Collection<Row, string>>;
}[OperationType];

/** The options of `changebucketCollectionOptions`. */
export interface ChangebucketCollectionOptions<
  Kind extends Definition,
  Value extends object,
  Key extends string = 'id',
> {
  /** The client of the application, full or light. Closing it is the page's own matter. */
  readonly client: LightClient<Kind>;
  /** Names the collection among others. Default: one that TanStack DB makes. */
  readonly id?: string;
  /**
   * Returns the part of the state that has the rows, by their keys: `(state) => state.items`. Called with each state, so it
   * should return a part as it is, and no copy of it.
   */
  readonly select: (state: StateOf<Kind>) => Readonly<Record<string, Value>>;
  /** The member in which a row has its key. Default: `id`. */
  readonly key?: Key;
  /**
   * Pushes the changes that stand for one mutation of a transaction, by the function of a batch: all mutations of a
   * transaction are one atomic batch. What it throws fails the transaction. It must not be asynchronous.
   *
   * @param push has a function for each change of the definition
   * @param mutation `type` is insert, update or delete; `key`, `original`, `modified` and `changes` tell what it is about
   */
  readonly push: (push: BatchPushOf<Kind>, mutation: RowMutation<RowOf<Value, Key>>) => void;
}

/** The transaction that a handler of TanStack DB gets, as far as it is used. */
interface Persisted {
  readonly transaction: { readonly mutations: readonly AnyMutation[] };
}

interface AnyMutation {
  readonly collection: { readonly utils: unknown };
}

/** What a collection adds: `collection.utils`. */
export interface ChangebucketUtils extends Record<string, unknown> {
  /**
   * Pushes the mutations of a transaction as one atomic batch, and resolves when the server has applied it and
   * `client.confirmed` contains it. It is the `mutationFn` of transactions that one makes oneself; their mutations may be of
   * several collections of one client.
   *
   * @throws ProblemError when the batch was refused or rejected: the transaction is rolled back
   * @throws TypeError for a mutation of a collection of something else
   */
  readonly mutationFn: (persisted: Persisted) => Promise<void>;
}

/** Pushes a mutation within a batch; the client whose batch that is. */
interface Source {
  readonly client: unknown;
  readonly push: (push: never, mutation: never) => void;
}

/** The sources of collections, by the functions that their utils have. */
const sources = new WeakMap<object, Source>();

/**
 * The options of a collection of TanStack DB whose rows are a part of an application's state: `createCollection(...)`. One
 * transaction is one atomic change: it shows at once, is stored and sent as the client does with every change, and is
 * completed when `client.confirmed` contains it. When it is rejected, it is rolled back with the `ProblemError`.
 *
 * The rows are those of `client.state`: what was pushed elsewhere, or by a page before, is in them. They are ready when the
 * client is `loaded`; while the server does not let this subject read, the collection has the status `error`.
 *
 * @example
 * const items = createCollection(
 *   changebucketCollectionOptions({
 *     client,
 *     select: (state) => state.items,
 *     push: (push, { type, key, modified }) => {
 *       if (type === 'insert') push.add({ id: key, text: modified.text });
 *       else if (type === 'update') push.complete({ id: key, done: modified.done });
 *       else push.remove({ id: key });
 *     },
 *   }),
 * );
 */
export const changebucketCollectionOptions = <
  Kind extends Definition,
  Value extends object,
  const Key extends string = 'id',
>(
  options: ChangebucketCollectionOptions<Kind, Value, Key>,
): CollectionConfig<RowOf<Value, Key>, string, never, ChangebucketUtils> & { readonly utils: ChangebucketUtils } => {
  type Row = RowOf<Value, Key>;
  const { client, id, select, push } = options;
  const member: string = options.key ?? 'id';
  const rowOf = (key: string, value: object): Row => ({ ...value, [member]: key }) as Row;
  const mutationFn = async ({ transaction: { mutations } }: Persisted): Promise<void> => {
    const changes = mutations.map((mutation) => [sourceOf(mutation, client), mutation] as const);
    const { confirmed } = client.batch((batch) => {
      for (const [source, mutation] of changes) source.push(batch as never, mutation as never);
    });
    await confirmed;
  };
  sources.set(mutationFn, { client, push });
  return {
    ...(id === undefined ? {} : { id }),
    getKey: (row) => (row as Readonly<Record<string, string>>)[member] as string,
    sync: { sync: (sync) => follow(client, select, { ...sync, rowOf }) },
    onInsert: mutationFn,
    onUpdate: mutationFn,
    onDelete: mutationFn,
    utils: { mutationFn },
  };
};

/** @throws TypeError when the mutation is of a collection that this client has nothing to do with */
const sourceOf = ({ collection }: AnyMutation, client: unknown): Source => {
  const { mutationFn } = collection.utils as Partial<ChangebucketUtils>;
  const source = mutationFn && sources.get(mutationFn);
  if (source !== undefined && source.client === client) return source;
  throw new TypeError(
    'A transaction may only change collections of one client: it is one atomic change of one application.',
  );
};

const NO_ROWS: Keyed = {};

interface Sync<Row> extends RowWriter<Row> {
  readonly markReady: () => void;
  readonly markError: (error: unknown) => void;
  readonly rowOf: (key: string, value: object) => Row;
}

/**
 * Keeps the rows as the state is, and the status as the client's `loaded` is: lost with the right to read, and found again.
 *
 * @returns ends that: the collection begins anew when it is used again
 */
const follow = <Kind extends Definition, Row>(
  client: LightClient<Kind>,
  select: (state: StateOf<Kind>) => Keyed,
  { rowOf, markReady, markError, ...writer }: Sync<Row>,
): (() => void) => {
  let shown = NO_ROWS;
  let awaited: Promise<void> | undefined;
  const show = (next: Keyed): void => {
    if (next !== shown) writeDifference(writer, shown, next, rowOf);
    shown = next;
  };
  const partOf = (state: StateOf<Kind>): Keyed => (isEmpty(state) ? NO_ROWS : select(state));
  const settle = (): void => {
    const { loaded, status } = client;
    if (status.loaded) {
      show(partOf(client.state));
      markReady();
    } else if (loaded !== awaited) {
      awaited = loaded;
      loaded.catch((error: unknown) => void (awaited !== loaded || client.loaded !== loaded || markError(error)));
    }
  };
  const ends = [client.subscribe(partOf, show), client.subscribeStatus(settle)];
  settle();
  return () => {
    awaited = undefined;
    for (const end of ends) end();
  };
};

/** Whether it is the `{}` that a light client shows until it knows a state: that has no part to select. */
const isEmpty = (state: unknown): boolean => Object.keys(state ?? {}).length === 0;
