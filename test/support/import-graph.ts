import { arrowsOf, cyclesOf, levelsOf } from './house/graph.ts';
import { folderGraph, foldersOf } from './house/import-graphs.ts';
import { readSourceFiles, type SourceFile } from './house/source-files.ts';

// Prints how the folders of src hang together, to compare before and after:
// `node test/support/import-graph.ts [path of another src folder]`

const row = (folder: string, files: readonly SourceFile[]) => {
  const graph = folderGraph(folder, files);
  const names = [...graph.keys()];
  const nested = names.filter((name) => !/\.tsx?$/.test(name));
  const cycles = cyclesOf(graph).map((names) => names.map((name) => name.slice(name.lastIndexOf('/') + 1)).join(' '));
  return {
    folder: folder === '' ? 'src' : `src/${folder}`,
    folders: nested.length,
    files: names.length - nested.length,
    levels: levelsOf(graph),
    arrows: arrowsOf(graph),
    cycles: cycles.join('; '),
  };
};

const files = readSourceFiles(process.argv[2] ?? 'src');
console.table(foldersOf(files).map((folder) => row(folder, files)));
