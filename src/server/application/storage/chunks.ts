import { contentChunks } from '../../../core/json/content-chunks.ts';
import { utf8Length } from '../../../core/json/utf8.ts';
import { type Compressed, compressed, textOf, textOfAll } from './compression.ts';
import type { Database } from './database.ts';

/** A stored chunk: `length` of its text in UTF-16 units, `bytes` in UTF-8. */
export type Chunk = readonly [id: number, length: number, bytes: number];

export const createChunks = (database: Database): void => {
  database.run('CREATE TABLE chunks (id INTEGER PRIMARY KEY, text TEXT)');
};

/**
 * Writes a text in chunks. Chunks of the text before that come again, in the same order, are shared and not written
 * again: the cost follows what has changed.
 *
 * @param before the chunks of the text before
 */
export const writeChunks = (database: Database, text: string, before: readonly Chunk[]): Chunk[] => {
  let next = 0;
  return contentChunks(text).map((part) => {
    // Chunks of another length are other texts: only one of the same length is read and compared.
    const index = before.findIndex(([, length], at) => at >= next && length === part.length);
    const known = before[index];
    if (known === undefined || chunkText(database, known) !== part) return insertChunk(database, part);
    next = index + 1;
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

/** Deletes all chunks that are not in `used`. Each is billed as one row. */
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
