import { contentChunks } from '../../../core/json/content-chunks.ts';
import { utf8Length } from '../../../core/json/utf8.ts';
import { type Compressed, compressed, textOf, textOfAll } from './compression.ts';
import type { Database } from './database.ts';

/** A chunk by its row: what has another length is another text. `bytes` are those of the text in UTF-8. */
export type Chunk = readonly [id: number, length: number, bytes: number];

export const createChunks = (database: Database): void => {
  database.run('CREATE TABLE chunks (id INTEGER PRIMARY KEY, text TEXT)');
};

/**
 * Writes a text; chunks that stood in an earlier one in the same order are shared with it, so that it costs what has
 * changed since.
 */
export const writeChunks = (database: Database, text: string, before: readonly Chunk[]): Chunk[] => {
  let next = 0;
  return contentChunks(text).map((part) => {
    const place = before.findIndex(([, length], index) => index >= next && length === part.length);
    const known = before[place];
    if (known === undefined || chunkText(database, known) !== part) return insertChunk(database, part);
    next = place + 1;
    return known;
  });
};

export const readChunks = (database: Database, chunks: readonly Chunk[]): string => {
  const statement = 'SELECT text FROM json_each(?) JOIN chunks ON chunks.id = json_each.value ORDER BY json_each.key';
  const pieces = database.all<{ text: Compressed }>(statement, idsOf(chunks)).map(({ text }) => text);
  return textOfAll(
    pieces,
    chunks.reduce((sum, [, , bytes]) => sum + bytes, 0),
  );
};

/** Deletes those that no text is made of any more. Each is billed as a row: as many as have been written. */
export const dropChunks = (database: Database, used: readonly Chunk[]): void => {
  database.run('DELETE FROM chunks WHERE id NOT IN (SELECT value FROM json_each(?))', idsOf(used));
};

const idsOf = (chunks: readonly Chunk[]): string => JSON.stringify(chunks.map(([id]) => id));

const insertChunk = (database: Database, text: string): Chunk => {
  database.run('INSERT INTO chunks (text) VALUES (?)', compressed(text));
  const row = database.first<{ id: number }>('SELECT last_insert_rowid() AS id');
  return [(row as { id: number }).id, text.length, utf8Length(text)];
};

const chunkText = (database: Database, [id]: Chunk): string | undefined => {
  const row = database.first<{ text: Compressed }>('SELECT text FROM chunks WHERE id = ?', id);
  return row === undefined ? undefined : textOf(row.text);
};
