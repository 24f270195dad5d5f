import type { Database } from './database.ts';

/** The application apart from its history: one row, written when it is created. */
export interface ApplicationRow extends Record<string, SqlStorageValue> {
  readonly owner: string;
  readonly app: string;
  readonly kind: string;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly epoch: string;
  /** Version of the definition that the state has the shape of. */
  readonly definitionVersion: number;
  /** The segments that still exist: `oldest` to `segment`. */
  readonly oldest: number;
  readonly segment: number;
  /** `LISTED` once the owner's directory lists this epoch; 1 where an older deployment has listed the name alone. */
  readonly listed: number;
  /** The last counted attempt: seq of its first change, and its level [D5]. */
  readonly attemptSeq: number;
  readonly attempts: number;
  /** Number of rejections that dropped out of the bounded list [O3]. */
  readonly forgotten: number;
  /** Version of the table layout. */
  readonly layout: number;
}

/** The owner's directory knows name, kind and epoch [L4]. */
export const LISTED = 2;

/** Version of the table layout. Raise it when tables or columns change so that older or newer deployments cannot read them. */
export const LAYOUT = 2;

const COLUMNS = [
  'owner TEXT',
  'app TEXT',
  'kind TEXT',
  'createdAt INTEGER',
  'createdBy TEXT',
  'epoch TEXT',
  'definitionVersion INTEGER',
  'oldest INTEGER',
  'segment INTEGER',
  'listed INTEGER',
  'attemptSeq INTEGER',
  'attempts INTEGER',
  'forgotten INTEGER',
  'layout INTEGER',
];

/** `undefined` while the application does not exist: a request about it writes nothing. */
export const readApplicationRow = (database: Database): ApplicationRow | undefined => {
  const table = database.first("SELECT 1 AS here FROM sqlite_master WHERE name = 'application'");
  const row = table === undefined ? undefined : database.first<ApplicationRow>('SELECT * FROM application');
  // A deployment that cannot read the tables must not write them either.
  if (row !== undefined && row.layout !== LAYOUT)
    throw new Error(
      `${row.owner}/${row.app} is stored in layout ${row.layout ?? 1}, and this deployment reads ${LAYOUT}`,
    );
  return row;
};

/** @throws Error when the application does not exist */
export const readEpoch = (database: Database): string | undefined =>
  database.first<{ epoch: string }>('SELECT epoch FROM application')?.epoch;

export const insertApplicationRow = (database: Database, row: ApplicationRow): void => {
  database.run(`CREATE TABLE application (id INTEGER PRIMARY KEY, ${COLUMNS.join(', ')})`);
  const values = { id: 1, ...row };
  const names = Object.keys(values);
  database.run(
    `INSERT INTO application (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
    ...Object.values(values),
  );
};

export const updateApplicationRow = (database: Database, changes: Partial<ApplicationRow>): void => {
  const assignments = Object.keys(changes).map((name) => `${name} = ?`);
  database.run(`UPDATE application SET ${assignments.join(', ')}`, ...(Object.values(changes) as SqlStorageValue[]));
};
