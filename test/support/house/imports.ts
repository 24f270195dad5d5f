import { posix } from 'node:path';
import { Visitor } from 'oxc-parser';
import type { SourceFile } from './source-files.ts';

/** One module named by another: by `import`, `export … from`, `import()` or the type `import('…')`. */
export interface Import {
  readonly from: string;
  /** The path of a file (`core/json/pointer.ts`), or the name of a package (`hono/cors`, `node:zlib`). */
  readonly to: string;
  /** True when `to` is a package and no file of ours. */
  readonly isPackage: boolean;
  /** True when nothing of it is there at run time. */
  readonly isType: boolean;
}

type Request = readonly [specifier: string, isType: boolean];

/** Named in expressions and in types. */
const inlineRequests = (file: SourceFile): Request[] => {
  const requests: Request[] = [];
  new Visitor({
    ImportExpression: ({ source }) => {
      if (source.type === 'Literal') requests.push([String(source.value), false]);
    },
    TSImportType: ({ source }) => {
      requests.push([source.value, true]);
    },
  }).visit(file.program);
  return requests;
};

const requestsOf = (file: SourceFile): Request[] => [
  ...file.module.staticImports.map(
    // `import './page.css'` has no entries and is there at run time.
    ({ moduleRequest, entries }): Request => [
      moduleRequest.value,
      entries.length > 0 && entries.every(({ isType }) => isType),
    ],
  ),
  ...file.module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ moduleRequest, isType }): Request[] =>
      moduleRequest === null ? [] : [[moduleRequest.value, isType]],
    ),
  ),
  ...inlineRequests(file),
];

/** All imports of a file, each module once; for values if anything of it is a value. */
export const importsOf = (file: SourceFile): Import[] => {
  const found = new Map<string, Import>();
  for (const [specifier, isType] of requestsOf(file)) {
    const isPackage = !specifier.startsWith('.');
    const to = isPackage ? specifier : posix.join(posix.dirname(file.path), specifier);
    found.set(to, { from: file.path, to, isPackage, isType: isType && (found.get(to)?.isType ?? true) });
  }
  return [...found.values()];
};
