import { realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buildSync } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { copyLines, sourcesOf } from '../../../src/cli/worker/stack-sources.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = realpathSync(temporaryFolder());
const source = join(folder, 'source.ts');
writeFileSync(source, 'type A = 1;\n\nexport const fail = () => {\n  throw new Error("x");\n};\n');
buildSync({
  ...{ entryPoints: [source], outfile: join(folder, 'index.js'), bundle: true, format: 'esm', logLevel: 'silent' },
  ...{ sourcemap: 'external' },
});
const change = sourcesOf(join(folder, 'index.js.map'));

describe('places in the bundle', () => {
  it.each([
    ['    at fail (index.js:3:9)', `    at fail (${source}:4:9)`],
    ['    at index.js:3:9', `    at ${source}:4:9`],
    ['    at async index.js:3:9\n', `    at async ${source}:4:9\n`],
    ['{"stack":"Error: x\\n    at index.js:3:9\\n"}', `{"stack":"Error: x\\n    at ${source}:4:9\\n"}`],
    ['{"stack":"    at index.js:3:9"}', `{"stack":"    at ${source}:4:9"}`],
  ])('in %j become places in the source', (line, mapped) => {
    expect(change(line)).toBe(mapped);
  });

  it.each([
    'nothing of it',
    'at fail (index.js:99999:1)',
    'at fail (index.js:0:0)',
    'at fail (other/index.js:3:9)',
    'at fail (myindex.js:3:9)',
    'at fail (index.js:3)',
    'at fail (index.js:99999999999999:1)',
  ])('that have no source stay: %s', (line) => {
    expect(change(line)).toBe(line);
  });

  it('stay where there is no map', () => {
    expect(sourcesOf(join(folder, 'none'))('at index.js:3:9')).toBe('at index.js:3:9');
    writeFileSync(join(folder, 'broken'), '{"version":3,"sources":5}');
    expect(sourcesOf(join(folder, 'broken'))('at index.js:3:9')).toBe('at index.js:3:9');
  });
});

describe('a stream of lines', () => {
  it('comes whole, also when a place or a character is cut, a line is very long or the last one has no end', async () => {
    const long = 'é'.repeat(200_000);
    const text = `one\n    at index.js:3:9\n${long}\nlast (index.js:3:9)`;
    const bytes = Buffer.from(text);
    for (const size of [1_001, 7, bytes.length]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      const to = new PassThrough();
      const [printed] = await Promise.all([
        to.setEncoding('utf8').toArray(),
        copyLines(Readable.from(pieces, { objectMode: false }), to, change).then(() => to.end()),
      ]);
      expect(printed.join('') === text.replaceAll('index.js:3:9', `${source}:4:9`)).toBe(true);
    }
  });
});
