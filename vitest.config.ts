import { availableParallelism } from 'node:os';
import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { hideInjectedFaults } from './test/support/injected-faults.ts';
import { PATIENCE_MS } from './test/support/patience.ts';
import { openRun } from './test/support/temporary-folder.ts';

/** Repeats a run; workerd has no environment of its own. */
const SEED = process.env['SEED'];

for (const stream of [process.stdout, process.stderr]) hideInjectedFaults(stream);

openRun();

export default defineConfig({
  test: {
    // Files of all projects run side by side: most of those that start processes wait for them, the others compute.
    // Of tests of one file that wait side by side.
    maxConcurrency: 20,
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // What the service logs is not news in tests that make it fail on purpose; seeds and failures are.
    // Nor what a development build tells of the tokens that tests refuse or never fetch.
    onConsoleLog: (text) => !text.startsWith('{"level"') && !/^Changebucket, \w+: .* pushes wait/.test(text),
    projects: [
      {
        test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: PATIENCE_MS, hookTimeout: PATIENCE_MS },
      },
      {
        plugins: [
          cloudflareTest({
            main: './test/support/worker.ts',
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              r2Buckets: ['BACKUPS'],
              // As RATE_LIMIT of wrangler.toml, but soon used up: a slow machine sends too few for that one.
              ratelimits: { SMALL_RATE_LIMIT: { namespace_id: '1002', simple: { limit: 5, period: 60 } } },
              bindings: { AUTH_SECRET: 'a-secret-for-tests-only-0123456789abcdef' },
            },
          }),
        ],
        test: {
          name: 'worker',
          include: ['test/worker/**/*.test.ts'],
          setupFiles: ['test/support/check-described-answers.ts'],
          testTimeout: PATIENCE_MS,
          hookTimeout: PATIENCE_MS,
          env: SEED === undefined ? {} : { SEED },
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          testTimeout: PATIENCE_MS,
          hookTimeout: PATIENCE_MS,
        },
      },
      {
        test: {
          name: 'process',
          include: ['test/process/**/*.test.ts'],
          testTimeout: PATIENCE_MS,
          hookTimeout: PATIENCE_MS,
        },
      },
    ],
  },
});
