import { dirname } from 'node:path';
import type { Graph } from './graph.ts';
import { type Import, importsOf } from './imports.ts';
import type { SourceFile } from './source-files.ts';

const graphOf = (names: Iterable<string>, imports: readonly Import[], nameOf: (path: string) => string): Graph => {
  const graph = new Map([...names].map((name) => [name, new Set<string>()]));
  for (const { from, to, isPackage } of imports) {
    const [a, b] = [nameOf(from), nameOf(to)];
    if (!isPackage && a !== b && graph.has(b)) graph.get(a)?.add(b);
  }
  return graph;
};

/** Which files import which, types counted. */
export const fileGraph = (files: readonly SourceFile[]): Graph =>
  graphOf(
    files.map(({ path }) => path),
    files.flatMap(importsOf),
    (path) => path,
  );

/** The file or folder directly in `folder` that a path leads through; the path itself outside. */
const childOn = (path: string, folder: string): string => {
  const start = folder === '' ? 0 : folder.length + 1;
  const end = path.startsWith(folder === '' ? '' : `${folder}/`) ? path.indexOf('/', start) : -1;
  return end === -1 ? path : path.slice(0, end);
};

/** Which of the files and folders directly in a folder import from which others of them, types counted. */
export const folderGraph = (folder: string, files: readonly SourceFile[]): Graph => {
  const inside = folder === '' ? files : files.filter(({ path }) => path.startsWith(`${folder}/`));
  const nameOf = (path: string): string => childOn(path, folder);
  return graphOf(new Set(inside.map(({ path }) => nameOf(path))), inside.flatMap(importsOf), nameOf);
};

const foldersAbove = (path: string): string[] => {
  const folder = dirname(path);
  return folder === '.' ? [''] : [...foldersAbove(folder), folder];
};

/** All folders that hold files, the root as `''`. */
export const foldersOf = (files: readonly SourceFile[]): string[] =>
  [...new Set(files.flatMap(({ path }) => foldersAbove(path)))].sort();
