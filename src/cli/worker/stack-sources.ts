import { once } from 'node:events';
import { readFileSync, realpathSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname, resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** A place in the bundle as stacks name it: `at vote (index.js:13990:26)`, also within a line of JSON. */
const LOCATION = /(?<=[ (])index\.js:(\d{1,8}):(\d{1,8})(?=[)\s"\\]|$)/g;

/** A line that is longer is printed as it comes. */
const LINE_LENGTH_MAX = 65_536;

/**
 * Makes places in the bundle places in its sources, as `/home/ann/app/src/worker.ts:13:20`. What has no source stays as
 * it is.
 *
 * @param path of the source map; it is read when there is a first place to look up
 */
export const sourcesOf = (path: string): ((text: string) => string) => {
  let sources: SourceMap | undefined;
  return (text) =>
    text.replace(LOCATION, (location: string, line: string, column: string) => {
      try {
        sources ??= new SourceMap(JSON.parse(readFileSync(path, 'utf8')));
        return sourceAt(sources, path, Number(line), Number(column)) ?? location;
      } catch {
        return location;
      }
    });
};

/** @param line from 1 on, as column */
const sourceAt = (sources: SourceMap, path: string, line: number, column: number): string | undefined => {
  const entry = sources.findEntry(line - 1, column - 1);
  if (!('generatedLine' in entry) || entry.generatedLine !== line - 1) return undefined;
  const file = resolve(realpathSync(dirname(path)), entry.originalSource).replaceAll('\\', '/');
  // It would end the text in a line of JSON.
  return file.includes('"') ? undefined : `${file}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
};

/** Copies a stream of text, line by line as `change` makes them. Ends with the stream. */
export const copyLines = async (from: Readable, to: Writable, change: (line: string) => string): Promise<void> => {
  let rest = '';
  for await (const piece of from.setEncoding('utf8')) {
    const text = rest + String(piece);
    const end = text.lastIndexOf('\n') + 1;
    const isLong = text.length - end > LINE_LENGTH_MAX;
    rest = isLong ? '' : text.slice(end);
    await write(to, change(text.slice(0, end)) + (isLong ? text.slice(end) : ''));
  }
  await write(to, change(rest));
};

const write = async (to: Writable, text: string): Promise<void> => {
  if (text !== '' && !to.write(text)) await once(to, 'drain');
};
