import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { root } from '../../src/cli/bundle.ts';
import { freePort, temporaryFolder } from '../support/servers.ts';

// What `serve` checks before it says that it is ready.

const run = async (env: Readonly<Record<string, string>>, ...flags: string[]) => {
  const args = ['src/cli/changebucket.ts', 'serve', '--port', String(await freePort()), '--data', temporaryFolder()];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...args, ...flags], {
    ...{ cwd: root, env: { ...process.env, ...env }, encoding: 'utf8', timeout: 60_000 },
  });
  return { status, stdout, stderr };
};

describe('serve', () => {
  it.each<[Record<string, string>, RegExp]>([
    [{ AUTH_SECRET: 'short' }, /AUTH_SECRET needs at least 32 bytes/],
    [{ AUTH_SECRET: 'x'.repeat(32), AUTH_JWKS_URL: 'https://a.example/' }, /not both/],
    [{ AUTH_SECRET: 'x'.repeat(32), AUTH_ALGORITHM: 'RS256' }, /always HS256/],
    [{ AUTH_JWKS_URL: 'http://a.example/' }, /must be an https URL/],
    [{ AUTH_JWKS_URL: 'https://a.example/' }, /AUTH_AUDIENCE and AUTH_ISSUER/],
    [{ RATE_REQUESTS_PER_SECOND: 'many' }, /RATE_REQUESTS_PER_SECOND is a whole number/],
    [{ BUDGET_ROWS_PER_DAY: '-1' }, /BUDGET_ROWS_PER_DAY is a whole number/],
    [{ BUDGET_CHANGES_PER_MINUTE: '0' }, /BUDGET_CHANGES_PER_MINUTE is a whole number/],
    [{ MAX_STALE_MS: 'old' }, /MAX_STALE_MS must be a whole number/],
  ])('[A5] does not start with %j, under which it would refuse every request', async (env, message) => {
    for (const flags of [[], ['--open']]) {
      const { status, stdout, stderr } = await run(env, ...flags);
      expect([status, stdout, stderr]).toEqual([1, '', expect.stringMatching(message)]);
      expect(stderr).not.toMatch(/\n\s+at /);
    }
  });
});
