// The part of IndexedDB that the client uses, with promises. Written out here: the types of the DOM are not loaded.

interface Events {
  addEventListener(type: string, listener: () => void): void;
}

interface IdbRequest<Result> extends Events {
  readonly result: Result;
  readonly error: unknown;
}

export interface ObjectStore {
  get(key: IdbKey): IdbRequest<unknown>;
  getAll(): IdbRequest<unknown>;
  getAllKeys(): IdbRequest<IdbKey[]>;
  add(value: unknown): IdbRequest<IdbKey>;
  put(value: unknown, key: IdbKey): IdbRequest<unknown>;
  delete(key: IdbKey): IdbRequest<unknown>;
}

export type IdbKey = number | string;

export interface Transaction extends Events {
  readonly error: unknown;
  objectStore(name: string): ObjectStore;
  abort(): void;
  commit(): void;
}

export interface Database extends Events {
  createObjectStore(name: string, options?: { readonly autoIncrement: boolean }): unknown;
  transaction(stores: readonly string[], mode: 'readwrite', options?: { readonly durability: 'relaxed' }): Transaction;
  close(): void;
}

interface OpenRequest extends IdbRequest<Database> {
  readonly transaction: Transaction | null;
}

/** The global `indexedDB`. */
export interface DatabaseFactory {
  open(name: string, version: number): OpenRequest;
}

/** The result of a request. @throws its error */
export const resultOf = <Result>(request: IdbRequest<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error));
  });

/** Resolves when all of a transaction is stored. @throws when nothing is */
export const completion = (transaction: Transaction): Promise<void> =>
  new Promise((resolve, reject) => {
    transaction.addEventListener('complete', () => resolve());
    for (const type of ['error', 'abort']) transaction.addEventListener(type, () => reject(transaction.error));
  });

/** @param upgrade makes the object stores of a new database */
export const openDatabase = async (
  factory: DatabaseFactory,
  name: string,
  upgrade: (database: Database, transaction: Transaction) => void,
): Promise<Database> => {
  const request = factory.open(name, 1);
  request.addEventListener('upgradeneeded', () => {
    if (request.transaction !== null) upgrade(request.result, request.transaction);
  });
  const database = await resultOf(request);
  // Another version of the page wants to upgrade the database: it would wait until this one is closed.
  database.addEventListener('versionchange', () => database.close());
  return database;
};
