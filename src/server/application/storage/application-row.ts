import type { Database } from './database.ts';

/** What is known of the application besides its history: one row, there once it has been created. */
export interface ApplicationRow extends Record<string, SqlStorageValue> {
  readonly owner: string;
  readonly app: string;
  readonly kind: string;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly epoch: string;
  /** The definition version that the state is in. */
  readonly definitionVersion: number;
  /** The segments that still exist: `oldest` .. `segment`. */
  readonly oldest: number;
  readonly segment: number;
  /** 1 once the owner's directory knows of it. */
  readonly listed: number;
  /** The change tried last in careful mode, and how often [D5]. */
  readonly attemptSeq: number;
  readonly attempts: number;
  /** Rejections that fell out of the bounded list [O3]. */
  readonly forgotten: number;
  /** How the tables are laid out. */
  readonly layout: number;
}

/** Rises when tables or what their columns hold change so that older deployments, or newer ones, cannot read them. */
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

/** `undefined` while the application does not exist: nothing is written for one that is only asked about. */
export const readApplicationRow = (database: Database): ApplicationRow | undefined => {
  const table = database.first("SELECT 1 AS here FROM sqlite_master WHERE name = 'application'");
  const row = table === undefined ? undefined : database.first<ApplicationRow>('SELECT * FROM application');
  // What cannot be read must not be written either.
  if (row !== undefined && row.layout !== LAYOUT)
    throw new Error(
      `${row.owner}/${row.app} is stored in layout ${row.layout ?? 1}, and this deployment reads ${LAYOUT}`,
    );
  return row;
};

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
