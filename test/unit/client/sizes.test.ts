import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

/** Bytes of what a page loads, minified and compressed, that imports this name alone. */
const sizeOf = async (name: string, from: string, external: string[] = []): Promise<number> => {
  const stdin = { contents: `export { ${name} } from './${from}';`, resolveDir: process.cwd(), loader: 'ts' as const };
  const built = await build({
    stdin,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    external,
  });
  return gzipSync(built.outputFiles[0]?.contents ?? '', { level: 9 }).byteLength;
};

describe('sizes', () => {
  it.each([
    ['createClient', 'src/client/index.ts', [], 29_050],
    // 8,000 bytes before it paced its requests, knew the server's clock, and held changes that a proxy blocks.
    ['createLightClient', 'src/client/index.ts', [], 9_900],
    ['useApplication', 'src/react/react.ts', ['react'], 600],
  ] as const)('%s stays within its budget', async (name, from, external, budget) => {
    const size = await sizeOf(name, from, [...external]);
    console.log(`${name}: ${size} bytes, min+gz`);
    expect(size).toBeGreaterThan(100);
    expect(size).toBeLessThanOrEqual(budget);
  });
});
