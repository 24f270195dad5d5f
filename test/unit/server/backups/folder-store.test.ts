import { describe, expect, it } from 'vitest';
import { folderStore } from '../../../../src/server/backups/folder-store.ts';

/** The paths of the files that a store writes, reads and removes for a key. */
const pathsOf = async (key: string): Promise<string[]> => {
  const paths: string[] = [];
  const store = folderStore({
    fetch: async (input: RequestInfo | URL) => {
      paths.push(decodeURIComponent(new URL(String(input)).pathname.slice(1)));
      return new Response('');
    },
  } as never);
  await store.write(key, new ReadableStream());
  await store.read(key);
  await store.remove([key]);
  return paths;
};

const FILE = 'list/2026-01-01T00:00:00.000Z-mabc0001.7.ndjson.json';

describe('[K1] the names of files', () => {
  it.each(['ann%40x', 'a', '~._-', 'x'.repeat(255)])('of an owner that fits are its key: %s', async (owner) => {
    expect(await pathsOf(`${owner}/${FILE}`)).toEqual(Array(3).fill(`${owner}/${FILE}`));
  });

  it.each(['.ann', '...', `.${'x'.repeat(300)}`])(
    'of an owner begin with no dot, which workerd does not touch',
    async (owner) => {
      const [path = ''] = await pathsOf(`${owner}/${FILE}`);
      for (const segment of path.split('/')) expect(segment).toMatch(/^[^.].{0,254}$/);
      expect(path.replaceAll('=/=', '')).toBe(`%2E${owner.slice(1)}/${FILE}`);
    },
  );

  it('one that cannot be removed keeps no other in its place', async () => {
    const removed: string[] = [];
    const store = folderStore({
      fetch: async (input: RequestInfo | URL) => {
        removed.push(new URL(String(input)).pathname);
        return new Response('', { status: removed.length === 1 ? 403 : 200 });
      },
    } as never);
    await expect(store.remove(['a/b', 'c/d'])).rejects.toThrow('403');
    expect(removed).toEqual(['/a/b', '/c/d']);
  });

  it.each([
    ['x'.repeat(256), 2],
    ['%F0%9F%99%82'.repeat(64), 4],
    // The end of a piece must be no segment that URLs leave out.
    [`${'x'.repeat(254)}..`, 2],
    [`${'x'.repeat(254)}.${'y'.repeat(252)}..`, 2 + 1],
  ])('of a longer owner fit, and tell it', async (owner, pieces) => {
    const [path = '', ...others] = await pathsOf(`${owner}/${FILE}`);
    expect(others).toEqual([path, path]);
    const segments = path.split('/');
    expect(segments).toHaveLength(pieces + 2);
    for (const segment of segments) expect(segment.length).toBeLessThanOrEqual(255);
    expect(path.replaceAll('=/=', '')).toBe(`${owner}/${FILE}`);
  });
});
