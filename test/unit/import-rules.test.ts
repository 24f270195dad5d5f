import { describe, expect, it } from 'vitest';
import { cyclesOf } from '../support/house/graph.ts';
import { fileGraph, folderGraph, foldersOf } from '../support/house/import-graphs.ts';
import { folderBreaches, layerBreaches } from '../support/house/import-permissions.ts';
import { FOLDERS, LAYERS } from '../support/house/import-rules.ts';
import { importsOf } from '../support/house/imports.ts';
import { parseSource, readSourceFiles } from '../support/house/source-files.ts';

const src = readSourceFiles('src');

describe('imports', () => {
  it('are found in every form, and types are told from values', () => {
    const file = parseSource(
      'a/b.ts',
      `import type { A } from './type.ts';
       import { type B } from './inline-type.ts';
       import { type C, c } from '../value.ts';
       import type * as D from './namespace-type.ts';
       import './effect.ts';
       export type { E } from './export-type.ts';
       export { f } from './export.ts';
       export * from './all.ts';
       type G = import('./type-expression.ts').G;
       const h = import('./expression.ts');
       import type { I } from './both.ts';
       import { i } from './both.ts';
       import { Hono } from 'hono';
       const text = "import { x } from './string.ts'";
       // import { y } from './comment.ts';`,
    );
    expect(Object.fromEntries(importsOf(file).map(({ to, isType }) => [to, isType ? 'type' : 'value']))).toEqual({
      'a/type.ts': 'type',
      'a/inline-type.ts': 'type',
      'value.ts': 'value',
      'a/namespace-type.ts': 'type',
      'a/effect.ts': 'value',
      'a/export-type.ts': 'type',
      'a/export.ts': 'value',
      'a/all.ts': 'value',
      'a/type-expression.ts': 'type',
      'a/expression.ts': 'value',
      'a/both.ts': 'value',
      hono: 'value',
    });
  });
});

describe('allowed imports', () => {
  it('between the parts of src and from packages are those of the table', () => {
    expect(src.length).toBeGreaterThan(200);
    expect(layerBreaches(src, LAYERS)).toEqual([]);
  });

  it.each(Object.entries(FOLDERS))('between the folders of %s are those of the table', (layer, folders) => {
    expect(folderBreaches(src, layer, folders)).toEqual([]);
  });

  it('the check of the parts fails for a forbidden import, and for a permission that is not needed', () => {
    const files = [
      parseSource('core/a.ts', "import { hono } from 'hono/tiny';\nimport type { B } from '../server/b.ts';"),
      parseSource('core/b.ts', "import { c } from '../protocol/c.ts';\nimport { type Json } from 'schema';"),
      parseSource('server/b.ts', "import type { Core } from '../core/b.ts';\nimport { a } from './other/a.ts';"),
    ];
    const layers = {
      core: { imports: ['type:protocol'], packages: ['schema'], reason: 'core is small' },
      server: { imports: ['core', 'client'], packages: [], reason: 'the server is no client' },
    };
    expect(layerBreaches(files, layers)).toEqual([
      'core/a.ts imports types of server/b.ts: core is small',
      'core/b.ts imports protocol/c.ts: core is small',
      'core/a.ts imports hono/tiny: core is small',
      'core imports only types of schema: make it type:schema in the table',
      'server imports only types of core: make it type:core in the table',
      'server may import client and does not: take it out of the table',
    ]);
  });

  it('the check of the folders fails likewise, and for a folder that is not in the table', () => {
    const files = [
      parseSource('client/push/a.ts', "import { b } from '../state/b.ts';\nimport { c } from '../client.ts';"),
      parseSource('client/state/b.ts', "import type { A } from '../push/a.ts';\nimport { d } from './d.ts';"),
      parseSource('client/new/e.ts', ''),
      parseSource('client/client.ts', "import { a } from './push/a.ts';"),
    ];
    const folders = { push: ['type:state'], state: ['push'], '.': ['push', 'state'] };
    expect(folderBreaches(files, 'client', folders)).toEqual([
      'client/new is not in the table',
      'client/push/a.ts imports client/state/b.ts: client/push may import type:state',
      'client/push/a.ts imports client/client.ts: client/push may import type:state',
      'client/state imports only types of client/push: make it type:client/push in the table',
      'client/. may import client/state and does not: take it out of the table',
    ]);
  });
});

describe('import cycles, types counted', () => {
  it('there are none between files', () => {
    expect(cyclesOf(fileGraph(src))).toEqual([]);
  });

  it('there are none between the files and folders of one folder', () => {
    const cycles = foldersOf(src).flatMap((folder) => cyclesOf(folderGraph(folder, src)));
    expect(cycles.filter((names) => names.some((name) => !/\.tsx?$/.test(name)))).toEqual([]);
  });

  it('the check finds a cycle of types, one over three files, and one of folders without one of files', () => {
    const files = [
      parseSource('a.ts', "import type { B } from './b.ts';"),
      parseSource('b.ts', "import { a } from './a.ts';"),
      parseSource('x/c.ts', "import { d } from './d.ts';"),
      parseSource('x/d.ts', "import { e } from './e.ts';"),
      parseSource('x/e.ts', "import { c } from './c.ts';\nimport { f } from '../y/f.ts';"),
      parseSource('y/f.ts', "import { a } from '../a.ts';"),
      parseSource('y/g.ts', "import { h } from '../x/h.ts';"),
      parseSource('x/h.ts', ''),
    ];
    expect(cyclesOf(fileGraph(files))).toEqual([
      ['a.ts', 'b.ts'],
      ['x/c.ts', 'x/d.ts', 'x/e.ts'],
    ]);
    expect(cyclesOf(folderGraph('', files))).toEqual([
      ['a.ts', 'b.ts'],
      ['x', 'y'],
    ]);
  });
});
