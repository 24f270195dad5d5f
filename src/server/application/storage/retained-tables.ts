import { type ApplicationRow, readApplicationRow } from './application-row.ts';
import type { Database } from './database.ts';
import type { Segments } from './log.ts';

// A deleted application is kept in its own tables, under other names: renaming a table costs six rows, whatever it holds
// (measured), and nothing that reads an application can find them. Dropping them later costs none.

const OWN = /^(?:application|segments|chunks|rejections|migrations|(?:changes|drains)_[1-9]\d*)$/;
const LOG = /^(changes|drains)_(\d+)$/;
const RETAINED = 'retained_';
const EPOCH = /^[0-9a-z]+$/;

/** Sets the tables of an application aside, and drops those that are only of use while it lives. Call inside a transaction. */
export const setTablesAside = (database: Database, epoch: string): void => {
  const prefix = prefixOf(epoch);
  for (const name of tableNames(database)) {
    if (OWN.test(name)) rename(database, name, prefix + name);
    else if (!name.startsWith(RETAINED)) database.run(`DROP TABLE ${name}`);
  }
};

/**
 * Gives the tables their names back. The segments get other numbers: an older instance must not take this log, which ends
 * as it did, for the one that it has loaded [S10]. Call inside a transaction, where no application is.
 *
 * @returns the row as it was, with the new numbers of the segments
 * @throws Error when the tables are not there, or this deployment cannot read them
 */
export const bringTablesBack = (database: Database, epoch: string): ApplicationRow => {
  const prefix = prefixOf(epoch);
  const names = tableNames(database).filter((name) => name.startsWith(prefix));
  const application = `${prefix}application`;
  const segments = database.first<Segments & Record<string, number>>(`SELECT oldest, segment FROM ${application}`);
  if (segments === undefined) throw new Error(`the deleted application ${epoch} has no row`);
  const shift = segments.segment - segments.oldest + 1;
  for (const name of names) rename(database, name, shifted(name.slice(prefix.length), shift));
  // From the highest number down: none may be there twice.
  for (let each = segments.segment; each >= segments.oldest; each -= 1)
    database.run('UPDATE segments SET segment = ? WHERE segment = ?', each + shift, each);
  const row = readApplicationRow(database);
  if (row === undefined) throw new Error(`the deleted application ${epoch} has no table`);
  return { ...row, oldest: row.oldest + shift, segment: row.segment + shift };
};

/** Drops the tables of a deleted application for good. */
export const dropRetainedTables = (database: Database, epoch: string): void => {
  const prefix = prefixOf(epoch);
  for (const name of tableNames(database)) if (name.startsWith(prefix)) database.run(`DROP TABLE ${name}`);
};

const shifted = (name: string, shift: number): string => {
  const [, table, segment] = LOG.exec(name) ?? [];
  return table === undefined ? name : `${table}_${Number(segment) + shift}`;
};

/** @throws Error for what is no epoch: it becomes part of statements */
const prefixOf = (epoch: string): string => {
  if (!EPOCH.test(epoch)) throw new Error('this is no epoch');
  return `${RETAINED}${epoch}_`;
};

const rename = (database: Database, name: string, next: string): void =>
  database.run(`ALTER TABLE ${name} RENAME TO ${next}`);

/** Without those of the platform. */
const tableNames = (database: Database): string[] =>
  database
    .all<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'")
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('_cf_') && !name.startsWith('sqlite_'));
