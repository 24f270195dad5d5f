import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { hideInjectedFaults } from './test/support/injected-faults.ts';

/** Tells a test that hangs from a machine that is slow: properties take some seconds on an idle one. */
const PATIENCE_MS = 60_000;

/** Repeats a run; workerd has no environment of its own. */
const SEED = process.env['SEED'];

for (const stream of [process.stdout, process.stderr]) hideInjectedFaults(stream);

export default defineConfig({
  test: {
    // What the service logs is not news in tests that make it fail on purpose; seeds and failures are.
    // Nor what a development build tells of the tokens that tests refuse or never fetch.
    onConsoleLog: (text) => !text.startsWith('{"level"') && !/^Changebucket, \w+: .* pushes wait/.test(text),
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: PATIENCE_MS } },
      {
        plugins: [
          cloudflareTest({
            main: './test/support/worker.ts',
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              r2Buckets: ['BACKUPS'],
              bindings: { AUTH_SECRET: 'a-secret-for-tests-only-0123456789abcdef' },
            },
          }),
        ],
        test: {
          name: 'worker',
          include: ['test/worker/**/*.test.ts'],
          setupFiles: ['test/support/check-described-answers.ts'],
          testTimeout: PATIENCE_MS,
          env: SEED === undefined ? {} : { SEED },
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'process',
          include: ['test/process/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
