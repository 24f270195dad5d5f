import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { routes } from '../../../src/server/http/route-table.ts';

/** The paths that a Worker of one's own must pass on: `/v1/` for all below it, and the others whole. */
const PATHS = [...new Set(routes.map(([path]) => (path.startsWith('/v1/') ? '/v1/' : path)))].sort();

const textOf = (path: string): string => readFileSync(path, 'utf8');

/** The paths of PATHS that a page's pattern passes on. */
const matchedBy = (page: string): string[] => {
  const [, source = ''] = /^const OF_CHANGEBUCKET = \/(.*)\/;$/m.exec(textOf(page)) ?? [];
  expect(source, page).not.toBe('');
  const pattern = new RegExp(source);
  return PATHS.filter((path) => pattern.test(path));
};

/** The paths that a configuration sends to the Worker, without those of the example itself. */
const workerFirst = (page: string): string[] => {
  const [, listed = ''] = /"run_worker_first": \[(.*)\]/.exec(textOf(page)) ?? [];
  const paths: string[] = JSON.parse(`[${listed}]`);
  return paths.map((path) => path.replace(/\*$/, '')).filter((path) => path !== '/auth/');
};

describe('the lists of the paths that the Worker answers', () => {
  it('are compared with more than one path', () => {
    expect(PATHS).toEqual(['/healthz', '/metrics', '/openapi.json', '/v1/']);
  });

  it.each(['docs/own-worker.md', 'docs/react.md'])('the pattern of %s has each of the route table', (page) => {
    expect(matchedBy(page)).toEqual(PATHS);
  });

  it.each(['docs/own-worker.md', 'examples/board/wrangler.jsonc'])('run_worker_first of %s has each', (page) => {
    expect(workerFirst(page).sort()).toEqual(PATHS);
  });

  it('the sentence of docs/own-worker.md names each', () => {
    const [sentence = ''] = /^The Worker answers .*$/m.exec(textOf('docs/own-worker.md')) ?? [];
    const named = [...sentence.matchAll(/`(\/[^`]*)`/g)].map(([, path = '']) => path.replace('…', ''));
    expect(named.sort()).toEqual(PATHS);
  });
});
