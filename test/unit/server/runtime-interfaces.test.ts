import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BUILT_IN, bundleWorker } from '../../../src/cli/worker/bundle-worker.ts';
import { runtimeInterfaces } from '../../support/runtime-interfaces.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** The names in a row of the table in docs/hosting.md. */
const documented = (row: string): string[] => {
  const page = readFileSync('docs/hosting.md', 'utf8');
  const line = page.split('\n').find((text) => text.startsWith(`| ${row} |`)) ?? '';
  return [...line.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name).sort();
};

describe('the runtime that the Worker needs', () => {
  it('is what docs/hosting.md lists for other hosts: globals, imports, and the members of Durable Objects', () => {
    const folder = temporaryFolder();
    bundleWorker(BUILT_IN, folder);
    const used = runtimeInterfaces(readFileSync(join(folder, 'index.js'), 'utf8'));
    expect({
      globals: documented('global names'),
      imports: documented('imports'),
      objects: documented('Durable Objects'),
    }).toEqual(used);
  });

  it('is found by scopes and members, wherever they stand', () => {
    const { globals, imports, objects } = runtimeInterfaces(`
      import { DurableObject } from 'cloudflare:workers';
      const fetch = 1;
      export class Application extends DurableObject {
        read({ storage: { getBookmarkForTime } }) { return [fetch, caches.default, this.ctx.storage.getCurrentBookmark()]; }
      }`);
    expect(globals).toEqual(['caches']);
    expect(imports).toEqual(['cloudflare:workers: DurableObject']);
    expect(objects).toEqual(['getBookmarkForTime', 'getCurrentBookmark', 'storage']);
  });
});
